"""The page of a run: what went wrong first, where the time went, who asked, what was answered."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from jobs_api import audit, registry
from jobs_api.api.responses import OUTCOMES
from jobs_api.dashboard.run_page.answers import STATUS
from jobs_api.models import AuditEntry, JobHistory, JobRun
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import incident
from tests.jobs_api.dashboard.people import PART, at, operator, reader
from tests.jobs_api.dashboard.run_stories import (
    SLOT,
    TRACEBACK,
    counted,
    earlier,
    failed,
    output,
    running,
)

pytestmark = [pytest.mark.django_db]
once = ONE_DATABASE
DJANGOS = 4
"""Session, user, and the permissions of the user and of the groups."""


def page(run: JobRun, query: str = "", client=None, **options) -> str:
    answer = (client or reader()).get(at("run", run.pk) + query, **options)
    assert answer.status_code == 200, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def html(run: JobRun, query: str = "", client=None, **options) -> str:
    return (client or reader()).get(at("run", run.pk) + query, **options).text


def test_the_newest_exception_comes_first_with_its_own_frame_open_and_libraries_folded(declare):
    text = html(failed(declare(owner="payments", runbook="https://runs.example/bank")))
    assert "Attempt 1 failed: error" in text
    assert "BankUnavailable: sparkasse &lt;b&gt;503&lt;/b&gt;" in text
    places = re.findall(
        r'<details class="frame"[^>]*?( open)?><summary>.*?<code title="([^"]*)">([^<]*)', text
    )
    assert places == [
        (" open", "/srv/acme/crm/bank.py", "crm/bank.py:118"),
        ("", "/srv/acme/crm/management/commands/load.py", "crm/management/commands/load.py:54"),
    ]
    assert "1 frame of Django and libraries, folded" in text
    assert "raise BankUnavailable(bank)" in text
    assert text.index("Attempt 1 failed") < text.index('id="attempts"') < text.index('id="output"')
    assert 'href="https://runs.example/bank" rel="noopener noreferrer"' in text


@once
@pytest.mark.parametrize(
    ("fields", "heading", "told"),
    [
        (
            {"reason": "exit", "error": "The command exited with 2.", **output("bye\n")},
            "exit status",
            "exited with 2",
        ),
        ({"reason": "timeout", "error": "It took longer than 5 s."}, "timeout", "crm/bank.py:118"),
        ({"reason": "lost", "error": "It went silent."}, "Attempt 1 was lost", "It went silent."),
        ({"reason": "interrupted", "error": "The process was stopped."}, "was interrupted", "was stopped"),
        ({"reason": "submit_failed", "error": "No broker."}, "could not be handed", "No broker."),
        ({"error": "ValueError: other"}, "failed: error", "ValueError: other"),
        ({"error": "", **output("")}, "failed: error", "It left no message."),
        (
            {"reason": "exit", "error": "The command exited with 1."},
            "exit status",
            "which it caught or logged",
        ),
    ],
)
def test_each_reason_has_its_words_and_only_the_traceback_of_the_error_itself(declare, fields, heading, told):
    text = page(failed(declare(), **fields))
    assert heading in text
    assert told in text
    if fields.get("error") == "ValueError: other":
        assert "bank.py" not in text.partition("Output")[0]


def test_what_is_in_the_way_of_another_attempt_is_shown_while_that_goes_on(declare):
    run = running(declare(timeout=3600), attempt=3, tries=1, progress_done=620, progress_total=1000)
    earlier(run, 1, **output(TRACEBACK), holder="web-2:877")
    earlier(run, 2, reason="lost", error="It went silent.", holder="web-3:5")
    JobHistory.objects.create(job_name="nightly", p5=540, p50=600, p95=780, count=30)
    text = page(run)
    assert "Running, attempt 3" in text
    assert "Attempt 1 failed: error" in text
    assert "Attempt 2 was lost" not in text
    assert "lost: web-3 renewed nothing for 30 s" in text
    assert "back-off 1 m, then the next call" in text
    assert "62 % 620 of 1,000 about 3 m left, ends near" in text
    assert "Usual duration 9 m to 13 m. Timeout at" in text
    assert "began attempt 2, as 1 had failed" in text
    assert "began attempt 3, as 2 was lost" in text
    assert "eventbridge, token aws-prod" in text
    assert 'data-refresh="5"' in html(run)


def test_an_attempt_has_an_address_of_its_own(declare):
    run = failed(declare(), attempt=3, **output("of the third\n"))
    earlier(run, 1, **output("of the first\n"))
    earlier(run, 2, error="KeyError: 'second'", **output("of the second\n"))
    assert "of the third" in page(run)
    text = page(run, "?attempt=2")
    assert "of the second" in text
    assert "of the third" not in text
    assert "Attempt 2 failed" in text
    assert "to the newest" in text


@once
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?attempt=1", 200),
        ("?attempt=", 200),
        ("?attempt=x", 200),
        ("?attempt=-1", 200),
        ("?attempt=" + "9" * 5000, 200),
        ("?attempt=%00", 200),
        ("?attempt=1&attempt=2&tz=%3Cscript%3E", 404),
        ("?attempt=2", 404),
        ("?attempt=999999999", 404),
    ],
)
def test_an_address_may_say_anything(declare, query, status):
    answer = reader().get(at("run", failed(declare()).pk) + query)
    assert answer.status_code == status
    assert status == 200 or "has no attempt" in answer.text


@once
@pytest.mark.parametrize("number", ["0", "424242", "9" * 30])
def test_a_run_that_is_not_there_has_a_page_that_says_so(number):
    answer = reader().get(f"/dashboard/runs/{number}/")
    assert answer.status_code == 404
    assert f"There is no run {number}" in answer.text


@once
@pytest.mark.parametrize(
    ("state", "fields", "told"),
    [
        (
            "queued",
            {"trigger": "backfill", "actor": "jon", "next_attempt_at": SLOT},
            "a backfill by jon queued the slot",
        ),
        (
            "skipped",
            {"trigger": "http", "source": "curl"},
            "200 overlap_skipped · another slot of its job was running",
        ),
        (
            "cancelled",
            {"reason": "cancelled", "error": "Its holder died before it could stop."},
            "was cancelled",
        ),
        ("succeeded", {}, "Duration 1.0 s"),
        ("claimed", {}, "no worker has begun it"),
    ],
)
def test_every_state_has_a_page(declare, state, fields, told):
    lease = (
        {"lease_expires_at": timezone.now() + timedelta(hours=1), "started_at": None}
        if state == "claimed"
        else {}
    )
    run = stored_run(declare(), SLOT, state=state, **{**fields, **lease, "claimed_at": SLOT})
    assert told in page(run)


@once
def test_a_holder_that_is_silent_is_lost_before_anybody_has_closed_it(declare):
    run = running(declare(), lease_expires_at=timezone.now() - timedelta(minutes=5))
    text = page(run)
    assert "Lost, attempt 1" in text
    assert "its holder is silent: the lease ran out 5 m" in text
    assert "The next trigger of this slot, or run-due, closes it." in text
    assert "it may still run" not in text
    JobRun.objects.update(executor="inline", started_at=timezone.now() - timedelta(days=2))
    assert "it may still run" in page(run)


@once
def test_a_run_of_a_job_that_is_no_longer_declared_is_shown_without_orders(declare):
    run = failed(declare("gone"))
    declare("other")
    registry.fill([registry.get("other")])
    text = html(run, client=operator())
    assert "not declared here" in text
    assert "its job is not declared any more" in text
    assert "/rerun/" not in text


@once
def test_only_operators_get_buttons_and_only_for_what_can_be_done(declare):
    job = declare(overlap="allow")
    over, going = failed(job), running(job, SLOT + timedelta(days=1))
    assert "/rerun/" in html(over, client=operator())
    assert "/cancel/" not in html(over, client=operator())
    assert "/cancel/" in html(going, client=operator())
    assert "/rerun/" not in html(going, client=operator())
    for run in (over, going):
        assert not re.search("/(rerun|cancel)/", html(run))


def test_what_comes_next_is_told_with_its_reason(declare):
    soon = timezone.now() + timedelta(minutes=3)
    slot = timezone.now().replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1)
    run = failed(declare(), slot, tries=1, next_attempt_at=soon)
    text = page(run)
    next_try = r"Next try from .+ on \( in (3 m|2 m \d+ s) \): the next trigger of this slot, or run-due"
    assert re.search(next_try, text)
    JobRun.objects.update(tries=3, next_attempt_at=None)
    assert "none: its tries are used up" in page(run)


def test_repeats_are_counts_of_the_job_and_its_day(declare):
    run = failed(declare(schedule="0 * * * *"))
    counted("already_running", 9, source="celery_beat")
    counted("retry_later")
    counted("x", 2, source="(other)")
    counted("paused", source="of another day", day="2026-11-21")
    counted("paused", source="of another job", job="other")
    text = page(run)
    assert "9 calls celery_beat 202 already_running" in text
    assert "1 call a source without a name 503 retry_later" in text
    assert "2 calls other sources x" in text
    assert "Of all slots of this job on 20 Nov 2026 (UTC): they are counted together." in text
    assert "of another" not in text


@once
def test_a_job_of_one_slot_a_day_has_its_repeats_for_itself(declare):
    counted("already_running", 9)
    text = page(failed(declare(), executor="celery"))
    assert "10 triggers, 1 began an attempt" in text
    assert "Of this job on 20 Nov 2026 (UTC)." in text


@once
def test_statuses_are_those_of_the_api():
    assert STATUS == OUTCOMES


@once
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"executor": "inline"}, "500 failed · began attempt 1"),
        ({"executor": "inline", "state": "succeeded", "reason": "", "error": ""}, "200 succeeded · began"),
        ({"executor": "celery", "claimed_at": SLOT - timedelta(seconds=9)}, "202 accepted · began attempt 1"),
        ({"executor": "celery", "claimed_at": SLOT}, "500 failed · began attempt 1"),
        ({"executor": "celery", "reason": "submit_failed"}, "503 submit_failed · began attempt 1"),
        ({"executor": "inline", "reason": "lost"}, "began attempt 1"),
        ({"trigger": "command", "actor": "root"}, "root, on the command line began attempt 1"),
        ({"trigger": "rerun", "actor": "mara"}, "a rerun by mara began attempt 1"),
        (
            {"trigger": "run_due", "source": "cron_job_org", "actor": "t"},
            "run-due by cron_job_org, token t began",
        ),
        ({"trigger": "new%kind"}, "new%kind began attempt 1"),
    ],
)
def test_each_trigger_is_told_with_its_answer(declare, fields, told):
    assert told in page(failed(declare(), **fields))


@once
def test_orders_and_alerts_about_it_are_told(declare):
    run = failed(declare(), state="succeeded", reason="", error="")
    about = {"at": SLOT + timedelta(hours=1), "result": "attempt 2", "job": "nightly"}
    audit.record("rerun", **about, actor="mara", reason="Bank is back", run=run.pk)
    audit.record("rerun", **about, actor="other", run=run.pk + 1)
    times = {"since": SLOT, "opened_at": SLOT + timedelta(minutes=1)}
    mine = incident(job_name="nightly", subject="nightly", run=run.pk, detail="It failed.", **times)
    shown = page(run)
    assert "Rerun by mara attempt 2: Bank is back" in shown
    assert "by other" not in shown
    assert f"/alerts/{mine.pk}/" in html(run)
    assert "Open It failed." in shown


@once
def test_options_that_look_like_secrets_are_hidden(declare):
    text = page(
        failed(declare(), options={"days": 1, "api_token": "hunter2", "nested": {"password": "hunter2"}})
    )
    assert "days=1" in text
    assert "api_token=***" in text
    assert "hunter2" not in text


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7 }}%(x)s%\x1b[31m\u202e"


class Markup(HTMLParser):
    """The elements of a page, and the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"[{name}]" for name, _ in attrs)}


@once
def test_no_field_of_anybody_becomes_markup(declare):
    plain = failed(declare())
    texts = dict.fromkeys(("error", "note", "comment"), EVIL)
    texts |= dict.fromkeys(("source", "actor", "holder", "executor"), EVIL[:60])
    wrote = output(f"{EVIL}\n" + TRACEBACK.replace("crm", "<script>").replace("in fetch", f"in {EVIL}"))
    run = failed(plain_job(), SLOT + timedelta(days=1), **texts, **wrote, attempt=2, options={EVIL: EVIL})
    JobRun.objects.filter(pk=run.pk).update(trigger="<b>%s%", traceparent="<i>", reason="<s>")
    earlier(run, 1, **texts, **wrote)
    counted("<u>", source=EVIL[:90], day="2026-11-21")
    incident(job_name="nightly", subject="nightly", run=run.pk, detail=EVIL, opened_at=run.run_date)
    who = {"actor": EVIL[:90], "origin": "api", "job_name": "nightly", "run": run.pk}
    AuditEntry.objects.create(at=run.run_date, action="<s>", reason=EVIL, result=EVIL, **who)
    client = operator()
    known = Markup(html(plain, client=client)).found | {
        "span",
        "li",
        "br",
        "[data-countdown]",
        "[dx]",
        "tspan",
    }
    for query in ("", "?attempt=1", "?attempt=1&x=%22%3E%3Cscript%3E"):
        text = html(run, query, client=client)
        assert Markup(text).found - known == set()
        assert text.count("<script") == html(plain, client=client).count("<script")
        assert "14" not in text.partition("add:7")[0][-200:]
        assert not {"\x1b", "\u202e"} & set(text)


def plain_job():
    """The job that is declared."""
    return registry.jobs()[0]


@once
def test_a_refresh_has_all_but_the_output_which_goes_on_by_itself(declare):
    run = failed(declare())
    client = reader()
    part = client.get(at("run", run.pk), headers=PART)
    assert "raise BankUnavailable(bank)" in part.text
    assert "loading" not in part.text
    again = client.get(at("run", run.pk), headers={**PART, "If-None-Match": part["ETag"]})
    assert again.status_code == 304


def test_a_page_sends_as_many_statements_for_many_attempts_as_for_few(declare, django_assert_num_queries):
    few, many = failed(declare("few"), attempt=2), failed(declare("many"), attempt=120)
    first = earlier(few, 1, **output(TRACEBACK))
    for number in range(1, 120):
        first.pk, first.run, first.attempt = None, many, number
        first.save(force_insert=True)
    for number in range(30):
        counted("paused", source=f"s{number}", job="many")
        incident(job_name="many", subject=f"many-{number}", run=many.pk, since=SLOT, opened_at=SLOT)
        audit.record("rerun", at=SLOT, result="x", job="many", run=many.pk)
    client = reader()
    for run in (few, many):
        page(run, client=client)
        with django_assert_num_queries(DJANGOS + 10):  # the time, the run, ..., the open alerts
            page(run, client=client)
    text = page(many, client=client)
    assert "20 earlier attempts are not listed" in text
    assert "Attempt 3 " not in text
    assert "Attempt 3 " in page(many, "?attempt=3", client=client)


def test_a_run_that_has_succeeded_at_once_needs_two_statements_less(declare, django_assert_num_queries):
    run, client = stored_run(declare(), SLOT), reader()
    page(run, client=client)
    with django_assert_num_queries(DJANGOS + 8):
        page(run, client=client)


@once
def test_clocks_that_differ_are_told_and_draw_no_bar_backwards(declare):
    run = failed(declare(), started_at=SLOT, finished_at=SLOT - timedelta(seconds=20))
    assert "not known: clocks differ" in page(run)
    assert not re.search(r'(x|width)="-[\d.]+%', html(run))


@once
def test_the_slot_is_told_in_the_zones_of_viewer_and_job_and_in_utc(declare):
    run = failed(declare(timezone="America/New_York"))
    text = page(run, "?tz=Asia/Tokyo")
    assert "Slot Fri 20 Nov 2026, 12:00 Asia/Tokyo" in text
    assert "12:00 Tokyo , Thu 19 Nov 22:00 New York , 03:00 UTC" in text
