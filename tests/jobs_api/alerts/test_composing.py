"""What a message says."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.urls import include, path

from jobs_api.alerts.composing import compose, compose_summary, compose_test
from jobs_api.alerts.kinds import KINDS
from jobs_api.auth import tokens
from jobs_api.models import AlertMessage, Reason, State
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.alerts.making import OPENED, incident, message

pytestmark = pytest.mark.django_db

AT = NOON + timedelta(hours=2)
TRACEBACK = b"Step 1\nStep 2\nTraceback (most recent call last):\nValueError: no such file\n"


@pytest.fixture(autouse=True)
def site(settings):
    settings.JOBS_API = {"BASE_URL": "https://shop.example.com", "REQUIRE_HTTPS": False}


@pytest.fixture
def nightly(declare):
    return declare(
        schedule="0 13 * * *",
        timezone="Europe/Berlin",
        owner="data team",
        runbook="https://wiki.example.com/nightly",
        tags=("money",),
        max_attempts=2,
    )


def failed(job, **fields):
    given = {"reason": Reason.ERROR, "error": "ValueError: no such file", "attempt": 2, "tries": 2}
    given |= {"output_head": TRACEBACK, "output_size": len(fields.get("output_head", TRACEBACK))}
    return stored_run(job, state=State.FAILED, **{**given, **fields})


def told(run=None, event="opened", *, kind="failed", at=AT, **fields):
    about = {} if run is None else {"run": run.pk, "run_date": run.run_date}
    return compose(message(incident(kind, **{**about, **fields}), event), at)


# -- what a sleepy person needs -----------------------------------------------------------------


def test_a_message_says_what_is_wrong_since_when_and_what_to_do(nightly):
    run = failed(nightly)
    found = told(run)
    assert found.subject == "Failed: nightly (shop.example.com): ValueError: no such file"
    assert found.text.split("\n") == [
        "nightly failed.",
        "The slot failed, and its tries are used up.",
        "ValueError: no such file",
        "",
        f"Open run: https://shop.example.com/dashboard/runs/{run.pk}/",
        f"Acknowledge or mute: https://shop.example.com/dashboard/alerts/{found.facts['incident']}/",
        "",
        "Slot:      2026-11-20 13:00 CET",
        "Since:     2026-11-20 13:00 CET, for 2 h",
        f"Run:       {run.pk}",
        "Try:       2 of 2; it is not tried again: its tries are used up",
        "Owner:     data team",
        "Runbook:   https://wiki.example.com/nightly",
        f"API:       https://shop.example.com/api/runs/{run.pk}",
        f"Output:    https://shop.example.com/api/runs/{run.pk}/output",
        "",
        "Look at it:",
        f"    manage.py jobs_show {run.pk}",
        "Run it again:",
        f"    manage.py jobs_rerun {run.pk}",
        "The same without a shell, with a token of the scope operate:",
        f'    curl -X POST {found.facts["links"]["api"]}/rerun -H "Authorization: Bearer $TOKEN"',
        "Be quiet until it is over:",
        f"    manage.py jobs_alerts ack {found.facts['incident']}",
        "",
        "Last lines of output:",
        "    Step 1",
        "    Step 2",
        "    Traceback (most recent call last):",
        "    ValueError: no such file",
    ]
    assert found.severity == "error"


def test_it_says_when_it_is_tried_again(nightly):
    run = failed(nightly, attempt=1, tries=1, next_attempt_at=AT + timedelta(minutes=4))
    assert "Try:       1 of 2; it is tried again" in told(run).text


def test_it_says_that_its_job_is_paused(nightly):
    run = failed(nightly, attempt=1, tries=1, next_attempt_at=AT)
    pausing.pause(nightly, actor="anna", comment="", until=AT + timedelta(hours=1), at=AT)
    assert "1 of 2; it is tried again from 2026-11-20 16:00 CET on: its job is paused" in told(run).text


EVENTS = [
    ("opened", {}, "Failed: nightly (SITE): ValueError: no such file"),
    ("again", {"times": 2}, "Failed again: nightly (SITE): ValueError: no such file"),
    ("reminder", {"times": 3}, "Still failed (2 h): nightly (SITE): ValueError: no such file"),
    (
        "recovered",
        {"closed_at": NOON + timedelta(minutes=90)},
        "Recovered: nightly (SITE): succeeds again, after 90 min",
    ),
    (
        "recovered",
        {"closed_at": NOON, "facts": {"recovered": False}, "over": "It was cancelled."},
        "Over: nightly (SITE): It was cancelled.",
    ),
]


@pytest.mark.parametrize(("event", "fields", "subject"), EVENTS)
def test_each_event_has_a_subject_of_its_own(nightly, event, fields, subject):
    assert told(failed(nightly), event, **fields).subject == subject.replace("SITE", "shop.example.com")


STATES = {
    "failed": "Failed: nightly",
    "missed": "Missed: nightly",
    "overdue": "Overdue: nightly",
    "late": "Late: nightly",
    "slow": "Slow: nightly",
    "source_silent": "Silent: nightly",
    "token_expiring": "Expires soon: nightly",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_begins_with_the_state_and_the_name(nightly, kind):
    """A telephone shows forty letters."""
    assert told(kind=kind).subject.startswith(f"{STATES[kind]} (shop.example.com): The slot failed, and")


def test_a_long_name_leaves_room(nightly):
    found = told(kind="source_silent", subject="s" * 250, detail="It last called 3 h ago.")
    assert found.subject == f"Silent: {'s' * 59}… (shop.example.com): It last called 3 h ago."


def test_a_recovery_says_how_long_it_lasted_and_why_it_is_over(nightly):
    run = failed(nightly)
    found = told(run, "recovered", closed_at=NOON + timedelta(minutes=90), over="The next slot succeeded.")
    assert found.text.split("\n")[:8] == [
        "nightly succeeds again, after 90 min.",
        "The next slot succeeded.",
        "",
        f"Open run: https://shop.example.com/dashboard/runs/{run.pk}/",
        f"Open incident: https://shop.example.com/dashboard/alerts/{found.facts['incident']}/",
        "",
        "Slot:      2026-11-20 13:00 CET",
        "Since:     2026-11-20 13:00 CET, lasted 90 min",
    ]
    assert "Last lines" not in found.text
    assert "jobs_rerun" not in found.text
    assert found.severity == "ok"


def test_an_acknowledged_incident_says_by_whom(nightly):
    found = told(failed(nightly), "reminder", acknowledged_at=AT, acknowledged_by="anna", comment="on it")
    assert "Noted by:  anna\nComment:   on it" in found.text


def test_one_that_begins_and_ends_again_and_again_says_so(nightly):
    run, facts = failed(nightly), {"flaps": 3, "left": "the slot 03:00 stays failed"}
    found = told(run, facts=facts, closed_at=AT)
    assert "number 3 within a few hours; those to come are told only if they last for 15 min" in found.text
    end = told(run, "recovered", facts=facts, closed_at=AT)  # the last for hours
    assert end.subject.endswith("succeeds again, after 2 h; it flaps; the slot 03:00 stays failed")


COMMANDS = [
    ("failed", {"run": 7}, "manage.py jobs_rerun 7"),
    ("missed", {"run_date": NOON}, "manage.py jobs_run --run-date 2026-11-20T12:00:00+00:00 nightly"),
    ("missed", {"run_date": NOON}, "manage.py jobs_list --sources"),
    ("late", {"run_date": NOON}, "manage.py jobs_run --run-date 2026-11-20T12:00:00+00:00 nightly"),
    ("overdue", {"run": 7}, "manage.py jobs_cancel 7"),
    ("slow", {"run": 7}, "manage.py jobs_show 7"),
    ("source_silent", {"facts": {"source": "a'b"}}, """manage.py jobs_forget 'a'"'"'b'"""),
    (
        "source_silent",
        {"facts": {"source": "curl", "actor": "ci", "part": ""}},
        "manage.py jobs_forget --by=ci curl",
    ),
    (
        "source_silent",
        {"facts": {"source": "", "actor": "", "part": "run-due"}},
        "manage.py jobs_forget --by='' --run-due ''",
    ),
    (
        "source_silent",
        {"facts": {"source": "curl", "actor": "ci", "part": "nightly"}},
        "manage.py jobs_forget --by=ci --job=nightly curl",
    ),
    ("token_expiring", {"subject": "ci"}, "manage.py jobs_token revoke ci"),
]


@pytest.mark.parametrize(("kind", "fields", "command"), COMMANDS)
def test_each_kind_says_which_command_helps(nightly, kind, fields, command):
    found = compose(message(incident(kind, **fields)), AT)
    assert f"    {command}\n" in found.text
    assert command in found.facts["commands"]


CURLS = [
    ("failed", {"run": 7}, "https://shop.example.com/api/runs/7/rerun"),
    ("overdue", {"run": 7}, "https://shop.example.com/api/runs/7/cancel"),
    (
        "missed",
        {"run_date": NOON},
        "'https://shop.example.com/api/jobs/nightly/run?run_date=2026-11-20T12%3A00%3A00%2B00%3A00'",
    ),
    ("missed", {"run": 7}, None),
    ("slow", {"run": 7}, None),
    ("source_silent", {}, None),
]


@pytest.mark.parametrize(("kind", "fields", "address"), CURLS)
def test_who_has_no_shell_there_gets_a_request(nightly, settings, kind, fields, address):
    row = message(incident(kind, **fields))
    text = compose(row, AT).text
    assert (f'    curl -X POST {address} -H "Authorization: Bearer $TOKEN"\n' in text) is (
        address is not None
    )
    settings.JOBS_API = {}
    assert "curl" not in compose(row, AT).text


@pytest.mark.parametrize("kind", ["failed", "overdue", "missed"])
def test_a_token_of_the_scope_that_is_named_may_do_it(nightly, api, kind):
    about = {"run_date": NOON} if kind == "missed" else {"run": failed(nightly).pk}
    text = compose(message(incident(kind, **about)), AT).text
    [scope] = re.findall(r"with a token of the scope (\w+):", text)
    [path] = re.findall(r"curl -X POST '?https://shop.example.com(\S+?)'? -H", text)
    _, secret = tokens.create("phone", scopes=[scope], at=NOON)
    status = api("POST", path, headers={"Authorization": f"Bearer {secret}"}).status_code
    assert status not in (401, 403, 404, 405, 422)


def test_every_kind_has_a_command():
    assert {kind for kind, _, _ in COMMANDS} == set(KINDS)


# -- what is missing ----------------------------------------------------------------------------


def test_a_run_that_is_gone_is_told_of_all_the_same(nightly):
    found = told(run_date=NOON, facts={})
    assert found.subject.startswith("Failed: nightly (shop.example.com): The slot failed")
    assert compose(message(incident("overdue", run=10**12), "opened"), AT).text.startswith("nightly runs for")


def test_a_job_that_is_not_declared_any_more_is_told_of_in_utc(nightly, declare):
    run = failed(nightly)
    nightly_gone = incident(subject="gone", run=run.pk, run_date=NOON)
    found = compose(message(nightly_gone), AT)
    assert "2026-11-20 12:00 UTC" in found.text
    assert found.facts["owner"] == ""


def test_without_a_base_url_there_are_no_links(nightly, settings):
    settings.JOBS_API = {}
    found = told(failed(nightly))
    assert found.subject == "Failed: nightly: ValueError: no such file"
    assert "http" not in found.text.replace(nightly.runbook, "")
    assert found.facts["links"] == {}


SAME = ["https://shop.example.com/api", "https://shop.example.com/api/", "https://shop.example.com"]


@pytest.mark.parametrize("base", SAME)
def test_a_base_url_with_the_prefix_of_the_api_gives_the_same_links(nightly, settings, base):
    """`jobs_export --base-url` takes it with the prefix, so it is easily written here, too."""
    settings.JOBS_API = {"BASE_URL": base}
    run = failed(nightly)
    assert told(run).facts["links"]["api"] == f"https://shop.example.com/api/runs/{run.pk}"


def test_a_site_below_a_path_has_links_below_it(nightly, settings):
    settings.JOBS_API = {"BASE_URL": "https://example.com/shop"}
    run = failed(nightly)
    assert told(run).facts["links"]["api"] == f"https://example.com/shop/api/runs/{run.pk}"


class WithoutAdmin:
    urlpatterns = (path("api/", include("jobs_api.urls")),)


class WithoutDashboard:
    urlpatterns = (path("api/", include("jobs_api.urls")), path("admin/", admin.site.urls))


def test_without_the_dashboard_and_the_admin_no_message_links_to_them(nightly, settings):
    settings.ROOT_URLCONF = WithoutAdmin
    found = told(failed(nightly))
    assert sorted(found.facts["links"]) == ["api", "output"]
    assert "Admin:" not in found.text
    assert "Open run" not in found.text + found.html
    settings.ROOT_URLCONF = WithoutDashboard
    found = told(failed(nightly, run_date=NOON - timedelta(days=1)), kind="overdue")
    assert list(found.facts["links"]) == ["admin", "api", "output"]
    assert "Admin:     https://shop.example.com/admin/" in found.text


OPENED_FIRST = [
    ("missed", {"run_date": NOON}, "Open job: https://shop.example.com/dashboard/jobs/nightly/"),
    ("source_silent", {}, "Open sources: https://shop.example.com/dashboard/#sources"),
    ("token_expiring", {}, "Acknowledge or mute: https://shop.example.com/dashboard/alerts/{pk}/"),
]


@pytest.mark.parametrize(("kind", "fields", "line"), OPENED_FIRST)
def test_a_message_without_a_run_leads_to_what_it_is_about(nightly, kind, fields, line):
    found = told(kind=kind, **fields)
    assert line.format(pk=found.facts["incident"]) == found.text.split("\n\n")[1].split("\n")[0]


def test_a_summary_leads_to_the_open_alerts(nightly):
    found = compose_summary([message(incident("missed")), message(incident("late", "weekly"))], AT)
    assert "Open alerts: https://shop.example.com/dashboard/alerts/" in found.text


# -- as a page ----------------------------------------------------------------------------------


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_the_page_of_a_message_says_what_its_text_says(nightly):
    found = told(failed(nightly))
    shown = words(found.html).lower()
    for line in found.text.split("\n"):
        for part in re.split(r": +", line.strip(), maxsplit=1):
            if part and not part.startswith("http") and part not in ("Slot", "Open run"):
                assert part.rstrip(":").lower() in shown, part


def test_its_buttons_are_links_to_the_dashboard_and_nothing_is_loaded(nightly):
    run = failed(nightly)
    found = told(run)
    buttons = re.findall(r'<a href="([^"]*)" style="[^"]*">([^<]*)</a>', found.html)
    assert buttons == [
        (f"https://shop.example.com/dashboard/runs/{run.pk}/", "Open run"),
        ("https://wiki.example.com/nightly", "Runbook"),
        (f"https://shop.example.com/dashboard/alerts/{found.facts['incident']}/", "Acknowledge or mute"),
    ]
    assert not re.search(r"<(img|link|script|form|iframe)|url\(", found.html)


def test_nothing_in_a_page_is_markup_of_a_command_or_a_caller(nightly):
    evil = "<script>alert(1)</script><a href=https://evil.example>x</a>"
    run = failed(nightly, error=f"ValueError: {evil}", output_head=evil.encode())
    given = {"detail": evil, "comment": evil, "acknowledged_at": AT, "acknowledged_by": evil[:100]}
    for found in (told(run, **given), told(kind="source_silent", subject=evil, facts={"source": evil})):
        assert "<script" not in found.html
        assert "<a href=https://evil" not in found.html


@pytest.mark.parametrize("urlconf", ["tests.toys", "no.such.module"])
def test_urls_that_cannot_be_read_or_have_no_api_leave_links_out(nightly, settings, urlconf):
    settings.ROOT_URLCONF = urlconf
    assert told(failed(nightly)).facts["links"] == {}


def test_a_kind_of_another_version_is_told_of(nightly):
    assert told(kind="haunted", run_date=NOON).subject.startswith("Trouble: nightly (shop.example.com): The")


# -- what commands and callers write is hostile -------------------------------------------------


HOSTILE = [
    "ValueError: one\nBcc: everybody@example.com",
    "ValueError: one\r\nBcc: everybody@example.com",
    "\n\nValueError: one",
    "\x1b[31mValueError: one\x1b[0m",
    "ValueError: \x1b]0;title\x07one",
    "Value\u202eError: one\x01\x07",
    "ValueError: " + "x" * 5000,
]


@pytest.mark.parametrize("error", HOSTILE)
def test_a_subject_is_one_short_line_whatever_the_error_holds(nightly, error):
    found = told(failed(nightly, error=error))
    assert found.subject.isprintable()
    assert len(found.subject) <= 120
    assert found.subject.startswith("Failed: nightly (shop.example.com): Value")
    assert "everybody" not in found.subject
    assert "\x1b" not in found.text


def test_a_source_that_somebody_invented_makes_no_line_of_its_own():
    source = "curl\nRunbook: https://evil.example.com\x1b[2J"
    facts = {"source": source, "actor": source, "part": source}
    found = told(kind="source_silent", subject=source, facts=facts)
    assert "\nRunbook:" not in found.text
    assert "\x1b" not in found.text
    assert found.subject.count("\n") == 0


OUTPUTS = [
    (b"", ""),
    (b"\n \n", ""),
    (b"one\n\n\ntwo\n", "one\ntwo"),
    (b"\x1b[31mred\x1b[0m \x1b[2K\x1b]8;;http://x\x1b\\link", "red link"),
    (b"10%\r50%\r100%\r\n", "100%"),
    (b"a\x00b\x07", "a\\x00b\\x07"),
    ("a\u202eb".encode(), "a\\u202eb"),
    (b"password=hunter2 and more", "password=*** and more"),
    (b"Authorization: Bearer abcdefghijklmnop", "Authorization: *** ***"),
    (b"\xff\xfe", "\ufffd\ufffd"),
    (b"\n".join(b"line %d" % n for n in range(100)), "\n".join(f"line {n}" for n in range(85, 100))),
    (b"x" * 5000, "…" + "x" * 1999),
    (b"\n".join(b"y" * 999 for _ in range(5)), "\n".join(["y" * 999] * 2)),
    (b"token=" + b"s" * 20000 + b"\nend", "end"),
    (b"token=" + b"s" * 20000 + b"\n", "(the last line is longer than 16 KiB)"),
]


@pytest.mark.parametrize(("data", "shown"), OUTPUTS, ids=range(len(OUTPUTS)))
def test_the_last_lines_of_output_are_few_and_harmless(nightly, data, shown):
    found = told(failed(nightly, output_head=data))
    assert found.facts["output"] == shown
    assert len(found.facts["output"]) <= 2000
    if shown:
        assert found.text.endswith("Last lines of output:\n    " + shown.replace("\n", "\n    "))


def test_the_secret_of_the_callers_is_masked_by_its_value(nightly, settings):
    secret = settings.CRON_SECRET
    found = told(failed(nightly, error=f"ValueError: {secret}", output_head=secret.encode()))
    assert secret not in json.dumps(found.facts) + found.text + found.subject
    assert "***" in found.text


def test_a_message_has_a_bounded_length(nightly):
    found = told(failed(nightly, error="e" * 9000, output_head=b"o\n" * 9000), detail="d" * 9000)
    assert len(found.text) <= 8000


# -- ids and facts ------------------------------------------------------------------------------


def test_the_id_is_the_same_for_each_try_and_another_for_each_message(nightly):
    about = incident(run_date=NOON)
    rows = [
        message(about),
        message(about, channel="chat"),
        message(about, "again"),
        message(about, "reminder"),
        message(about, "reminder", number=2),
        message(about, "recovered"),
        message(incident("missed")),
    ]
    first = [compose(row, AT).id for row in rows]
    assert [compose(row, AT + timedelta(hours=1)).id for row in rows] == first
    assert len(set(first)) == len(rows)
    assert all(id.replace("-", "").replace("_", "").isalnum() for id in first)


def test_what_follows_belongs_to_the_first_message_of_its_channel(nightly):
    about = incident(run_date=NOON)
    opened, recovered = compose(message(about), AT), compose(message(about, "recovered"), AT)
    assert opened.thread == opened.id == recovered.thread != recovered.id
    assert compose(message(about, channel="chat"), AT).thread != opened.thread


def test_programs_get_the_same_as_json(nightly):
    run = failed(nightly)
    facts = json.loads(json.dumps(told(run).facts))
    assert facts.pop("id").startswith("alert-")
    pk = facts.pop("incident")
    assert facts.pop("commands")[1] == f"manage.py jobs_rerun {run.pk}"
    assert facts == {
        "version": 1,
        "event": "opened",
        "at": AT.isoformat(),
        "kind": "failed",
        "severity": "error",
        "subject": "nightly",
        "job": "nightly",
        "run": run.pk,
        "run_date": NOON.isoformat(),
        "since": NOON.isoformat(),
        "until": None,
        "times": 1,
        "detail": "The slot failed, and its tries are used up.",
        "facts": {},
        "number": 1,
        "channel": "ops",
        "headline": "nightly failed",
        "error": "ValueError: no such file",
        "attempt": 2,
        "max_attempts": 2,
        "will_retry": False,
        "retry_at": None,
        "timezone": "Europe/Berlin",
        "owner": "data team",
        "tags": ["money"],
        "runbook": "https://wiki.example.com/nightly",
        "output": TRACEBACK.decode().strip(),
        "links": {
            "run": f"https://shop.example.com/dashboard/runs/{run.pk}/",
            "job": "https://shop.example.com/dashboard/jobs/nightly/",
            "incident": f"https://shop.example.com/dashboard/alerts/{pk}/",
            "admin": f"https://shop.example.com/admin/jobs_api/jobrun/{run.pk}/change/",
            "api": f"https://shop.example.com/api/runs/{run.pk}",
            "output": f"https://shop.example.com/api/runs/{run.pk}/output",
        },
    }


# -- many at once -------------------------------------------------------------------------------


def test_a_summary_says_how_many_of_what_and_names_the_worst_first(nightly):
    rows = [message(incident("slow", f"slow_{n}"), "opened") for n in range(3)]
    rows += [message(incident("failed", f"job_{n}"), "opened") for n in range(30)]
    rows += [message(incident("missed", "back", closed_at=AT), "recovered")]
    found = compose_summary(rows, AT)
    assert found.subject == ("34 alerts at once: 30 errors, 3 warnings, 1 recovery (shop.example.com)")
    lines = found.text.split("\n")
    assert lines[2] == "- job_0 failed"
    assert "- and 14 more" in lines
    assert "Jobs: https://shop.example.com/api/jobs" in lines
    assert (found.event, found.severity) == ("summary", "error")
    assert found.facts["count"] == len(found.facts["incidents"]) == 34
    assert found.facts["incidents"][0]["headline"] == "job_0 failed"
    assert found.id == found.facts["id"] == compose_summary(rows, AT + timedelta(hours=1)).id


def test_a_summary_says_what_is_over_by_now_and_does_not_bury_that_under_the_failures(nightly):
    """A channel was down while twelve jobs failed, and ended well an hour later."""
    over = [incident("failed", f"job_{n}", closed_at=AT) for n in range(12)]
    first = compose_summary([message(each, "opened") for each in over], AT)
    assert first.subject == "12 alerts at once: 12 over by now (shop.example.com)"
    assert first.text.split("\n")[2] == "- job_0 failed, and is over by now"
    assert first.severity == first.facts["severity"] == "ok"
    assert first.facts["incidents"][0]["until"] == AT.isoformat()
    both = [message(each, "recovered") for each in over] + list(AlertMessage.objects.filter(event="opened"))
    both.append(message(incident("failed", "worse")))
    found = compose_summary(both, AT)
    assert found.subject.startswith("25 alerts at once: 1 error, 12 over by now, 12 recoveries (")
    lines = [line for line in found.text.split("\n") if line.startswith("- ")]
    assert lines[:2] == ["- worse failed", "- job_0 succeeds again, after 2 h"]
    assert len(lines) == 13
    assert found.severity == "error"


def test_the_subject_of_a_message_that_was_overtaken_says_so(nightly):
    found = told(failed(nightly), closed_at=AT)
    assert found.subject == "Failed, over by now: nightly (shop.example.com): ValueError: no such file"


def test_a_summary_says_why_and_which_command_lists_what_is_open(nightly, django_assert_num_queries):
    run = failed(nightly)
    rows = [message(incident("failed", f"job_{n}", run=run.pk)) for n in range(3)]
    with django_assert_num_queries(1):
        found = compose_summary(rows, AT)
    lines = found.text.split("\n")
    assert lines[2] == "- job_0 failed: ValueError: no such file"
    assert "What is open: manage.py jobs_alerts" in lines


def test_a_test_says_that_it_is_one():
    found = compose_test("ops", AT, id="test-1", actor="anna")
    assert found.subject == "Test of the channel ops (shop.example.com)"
    assert "Nothing is wrong" in found.text
    assert found.facts["event"] == found.event == "test"


def test_composing_reads_and_writes_nothing(nightly, django_assert_max_num_queries):
    row = message(incident(run=failed(nightly).pk, run_date=NOON))
    with django_assert_max_num_queries(3) as queries:
        compose(row, OPENED)
    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)
