"""Entries are kept for AUDIT_DAYS; then they go in batches, and their going is an entry itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from jobs_api import conf
from jobs_api.audit import acting, retention
from jobs_api.database import append_only
from jobs_api.models import AuditEntry
from tests.jobs_api.audit.entries import NOON, at, entry
from tests.jobs_api.concurrency.crowd import crowd

pytestmark = pytest.mark.django_db


def kept() -> list[str]:
    return list(AuditEntry.objects.exclude(action="prune").order_by("at").values_list("subject", flat=True))


def test_what_is_older_than_the_setting_goes():
    for days in (500, 401, 399, 31):
        entry(subject=f"{days}", at=at(days=days))
    with override_settings(JOBS_API={"AUDIT_DAYS": 400}):
        assert retention.prune(at=NOON) == 2
    assert kept() == ["399", "31"]


@pytest.mark.parametrize("days", [0.00001, 1, 29.9])
def test_a_tiny_setting_hides_nothing_of_the_last_thirty_days(days):
    """Whoever sets it could otherwise remove what he has just done."""
    for age in (29.5, 30.5):
        entry(subject=f"{age}", at=at(days=age))
    with override_settings(JOBS_API={"AUDIT_DAYS": days}):
        retention.prune(at=NOON)
    assert kept() == ["29.5"]


@pytest.mark.parametrize("days", [0.00001, 29, 29.99])
def test_a_tiny_setting_is_an_error_of_the_checks(days):
    assert "at least 30" in conf.bad_value("AUDIT_DAYS", days)
    assert conf.bad_value("AUDIT_DAYS", 30) is None


def test_the_trigger_and_the_setting_keep_the_same_days():
    assert append_only.KEPT_DAYS == conf.AUDIT_DAYS_LEAST


def test_each_batch_is_on_record_with_who_ran_it():
    for number in range(5):
        entry(at=at(days=2000 + number))
    with acting("command", actor="ann", address="web-1"):
        assert retention.prune(at=NOON, batch=2) == 5
    told = AuditEntry.objects.filter(action="prune").values_list("result", "actor", "subject", "at")
    assert list(told.order_by("pk")) == [(f"deleted {n}", "ann", "audit", NOON) for n in (2, 2, 1)]


def test_nothing_old_is_no_entry():
    entry()
    assert retention.prune(at=NOON) == 0
    assert AuditEntry.objects.count() == 1


def test_a_deletion_that_cannot_be_recorded_is_undone(monkeypatch):
    entry(at=at(days=2000))
    monkeypatch.setattr(retention, "record", lambda *args, **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        retention.prune(at=NOON)
    assert AuditEntry.objects.count() == 1


def test_a_transaction_around_it_is_not_open_to_other_deletions_afterwards():
    entry(at=at(days=2000))
    with transaction.atomic():
        retention.prune(at=NOON)
        entry(at=at(days=2000))
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            AuditEntry.objects.all().delete()
        if transaction.get_connection().vendor == "postgresql":
            with transaction.get_connection().cursor() as cursor:
                cursor.execute("SELECT current_setting(%s)", [append_only.SETTING])
                assert cursor.fetchone() == ("",)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_delete_each_entry_once():
    for number in range(40):
        entry(at=at(days=2000 + number))
    with crowd(3) as together:
        together(*[lambda: retention.prune(at=NOON, batch=7)] * 3)
    told = AuditEntry.objects.filter(action="prune").values_list("result", flat=True)
    assert sum(int(result.removeprefix("deleted ")) for result in told) == 40
    assert kept() == []
    assert retention.kept_since(NOON) == NOON - timedelta(days=1095)
