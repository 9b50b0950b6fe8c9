from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from crm.models import Post, PostStatus
from crm.models.content import one_line

from ..factories import NOW, ago, post

pytestmark = pytest.mark.django_db


def test_the_database_refuses_an_unknown_status():
    with pytest.raises(IntegrityError, match="crm_post_status_is_known"):
        post(status="lost")


def test_saving_a_post_touches_it():
    draft = post(updated_at=ago(days=30))
    draft.save()
    assert timezone.now() - draft.updated_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("untouched", "stale"),
    [(timedelta(days=7), True), (timedelta(days=7) - timedelta.resolution, False), (timedelta(), False)],
)
def test_a_draft_is_stale_from_its_seventh_day_on(untouched, stale):
    post(updated_at=NOW - untouched)
    assert Post.objects.stale_drafts(now=NOW).exists() is stale


def test_what_is_published_is_never_stale():
    post(status=PostStatus.PUBLISHED, updated_at=ago(days=400))
    assert not Post.objects.stale_drafts(now=NOW).exists()


def test_a_title_is_on_one_line():
    with pytest.raises(ValidationError, match="Write it on one line"):
        Post(title="Spring\nSummer").full_clean()


@pytest.mark.parametrize("breaks", ["\n", "\r", "\t", "\v", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_control_characters_are_refused_wherever_they_are(breaks):
    for text in (f"Lap{breaks}top", f"Laptop{breaks}", f"{breaks}Laptop"):
        with pytest.raises(ValidationError, match="Write it on one line"):
            one_line(text)


@pytest.mark.parametrize(
    "text", ["", 'Laptop 15"', "Zoë O'Brien", "\N{PILE OF POO}", "a\u00a0b", "\u0645\u064a"]
)
def test_any_other_text_is_fine(text):
    one_line(text)
