"""The page on signals names each of them with its arguments, and its example can be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core import mail
from django.dispatch import Signal
from django.utils import timezone

from jobs_api import signals
from jobs_api.models import JobRun, State
from jobs_api.runs import events
from jobs_api.runs.types import Ending, Lease, Trigger
from tests.conftest import NOON, stored_run
from tests.jobs_api.triggers.asking import trigger

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "signals.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \|.*\| (.*) \|$", re.MULTILINE)


@pytest.mark.django_db
def test_the_page_has_the_arguments_of_every_signal(declare, heard):
    run, lease, by = stored_run(declare()), Lease(1, 1, "nightly", NOON, 0, {}, NOON), Trigger("http")
    queued = stored_run(declare(), NOON.replace(hour=1), state=State.QUEUED)
    events.queued("nightly", [queued.run_date], by, at=queued.created_at)
    events.claimed(lease, by)
    events.skipped(run, by)
    events.expired(run)
    events.cancelled(run, actor="", comment="", ended=True, at=NOON)
    events.started(lease)
    events.finished(lease, Ending("succeeded"))
    events.lost(run, cancelled=False, error="", at=NOON)
    events.answered(by, job="nightly", run_date=NOON, outcome="succeeded", run=(1, 1), at=NOON)
    events.paused("nightly", actor="", comment="", at=NOON)
    events.resumed("nightly", actor="", comment="", at=NOON)
    told = {name: set(fields) for name, fields in heard.events}
    written = {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in ROW.findall(PAGE)}
    assert set(told) == {signal.name for signal in signals.ALL}
    assert {name: written.get(name) for name in told} == told


@pytest.mark.django_db(transaction=True)
def test_its_example_reports_a_failure_and_starts_the_next_job(declare, toy, settings):
    settings.ADMINS = [("Ann", "ann@example.com")]
    before = list(signals.attempt_finished.receivers)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "docs/signals.md", "exec"), names)  # noqa: S102
    try:
        declare("send_letters", schedule=None)
        toy(lambda command, **options: None)
        trigger(declare("import_orders"), now=None)
        assert JobRun.objects.filter(job_name="send_letters", state="succeeded").exists()

        def fail(command, **options):
            raise ValueError("boom")

        toy(fail)
        trigger(declare("import_orders"), now=None, run_date=timezone.now() - timezone.timedelta(hours=1))
        assert [message.body for message in mail.outbox] == ["error: ValueError: boom"]
    finally:
        for receiver in ("report_a_failure", "send_what_was_imported"):
            Signal.disconnect(signals.attempt_finished, names[receiver])
        assert signals.attempt_finished.receivers == before
