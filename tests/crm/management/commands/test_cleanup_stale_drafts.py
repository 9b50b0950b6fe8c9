from datetime import timedelta

import pytest

from crm.management.commands import cleanup_stale_drafts
from crm.models import Post, PostStatus
from crm.patterns import in_batches

from ...factories import NOW, ago, post
from ...running import run

pytestmark = pytest.mark.django_db


def clean(run_date=NOW):
    return run("cleanup_stale_drafts", run_date=run_date)


def test_it_deletes_stale_drafts_and_nothing_else():
    stale = post("Spring", updated_at=ago(days=8))
    post("Fresh", updated_at=ago(days=6))
    post("Out", status=PostStatus.PUBLISHED, updated_at=ago(days=800))
    assert clean() == f"Deleted draft {stale.pk}: Spring\nStale drafts: 1 deleted.\n"
    assert set(Post.objects.values_list("title", flat=True)) == {"Fresh", "Out"}


def test_a_title_is_told_on_one_line():
    old = post("Spring\nDeleted draft 7:\u2028Summer", updated_at=ago(days=8))
    assert clean() == f"Deleted draft {old.pk}: Spring Deleted draft 7: Summer\nStale drafts: 1 deleted.\n"


def test_seven_days_are_counted_from_the_slot():
    post(updated_at=ago(days=7))
    assert "0 deleted" in clean(run_date=NOW - timedelta.resolution)
    assert "1 deleted" in clean(run_date=NOW)


def test_a_draft_that_is_saved_while_it_runs_is_kept(monkeypatch):
    draft = post(updated_at=ago(days=30))

    def after_a_save(items):
        draft.save()
        yield from in_batches(items)

    monkeypatch.setattr(cleanup_stale_drafts, "in_batches", after_a_save)
    assert clean() == "Stale drafts: 0 deleted.\n"
    assert Post.objects.filter(pk=draft.pk).exists()
