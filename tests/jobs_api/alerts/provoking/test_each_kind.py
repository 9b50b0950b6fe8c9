"""Each kind of alert, provoked for real, as it arrives: by a server, commands, a killed process.

An evaluation of the server finds them all. Then somebody repairs it, and each end is told.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection

import pytest

from jobs_api import Job, database
from jobs_api.models import AlertMessage
from tests.jobs_api.alerts.provoking import shop
from tests.jobs_api.alerts.provoking.conftest import once
from tests.jobs_api.alerts.provoking.days import day
from tests.jobs_api.execution.draining.server import eventually, serve
from tests.jobs_api.management.calling import manage
from tests.toys.child.start import ledger, start

pytestmark = [pytest.mark.django_db(transaction=True), once]

OPENED = {
    # what was done: (kind, subject, the beginning of the title, lines)
    "a POST fails until its tries are used up": (
        "failed",
        "fails",
        "Failed: fails (SITE): CommandError: The toy was told to fail.",
        [
            f"The slot {day(1)} 00:00 UTC failed (error), and its tries are used up.",
            "CommandError: The toy was told to fail.",
            "Try:       2 of 2; it is not tried again: its tries are used up",
            "Owner:     finance",
            "Runbook:   https://wiki.example.com/bank",
            "    manage.py jobs_rerun ",
            "    connecting to the bank",
        ],
    ),
    "a process is killed in a run": (
        "failed",
        "dies",
        "Failed: dies (SITE): ",
        [
            " 00:00 UTC failed (lost), and its tries are used up.",
            "API:       https://shop.example.com/api/runs/",
            "    manage.py jobs_rerun ",
        ],
    ),
    "nobody calls a job": (
        "missed",
        "uncalled",
        "Missed: uncalled (SITE): The slot ",
        [
            "was due, and nothing has run it, nor any slot since ",
            "    manage.py jobs_run --run-date ",
        ],
    ),
    "nobody calls a job, within its grace": (
        "late",
        "tardy",
        "Late: tardy (SITE): The slot ",
        [
            "was due, and nothing has started it yet.",
            ", for 1",
            "    manage.py jobs_run --run-date ",
        ],
    ),
    "a POST hangs": (
        "overdue",
        "hangs",
        "Overdue: hangs (SITE): ",
        ["; its timeout is 1 s.", "Try:       1 of 1", "    manage.py jobs_cancel "],
    ),
    "a crontab was emptied": (
        "source_silent",
        "cron / {user}",
        "Silent: cron / {user} (SITE): It last called at ",
        [
            "It last called at ",
            "; before, at least every 60 min.",
            ", for 5 h",
            "    manage.py jobs_list --sources",
            "    manage.py jobs_forget --by={user} cron",
        ],
    ),
    "a token that is in use ends in five days": (
        "token_expiring",
        "ci",
        "Expires soon: ci (SITE): It expires at ",
        ["It expires at ", ", and is in use.", "    manage.py jobs_token revoke ci"],
    ),
}
RECOVERED = {
    "fails": ("fails succeeds again, after ", f"The slot {day(3)} 00:00 UTC succeeded."),
    "uncalled": ("uncalled runs again, after 30 days", " has a run."),
    "tardy": ("tardy has started, after 1", " has a run."),
    "cron / {user}": ("cron / {user} calls again, after 5 h", "It called again at "),
    "ci": ("ci does not expire soon any more, after ", "It was revoked."),
}


@pytest.fixture
def jobs(tmp_path):
    return shop.jobs(database.now(), tmp_path)


def test_each_kind_is_told_with_what_an_operator_needs(jobs, receiver, tmp_path, declare, settings):
    """Pain 17: nothing ran for days and nobody saw. Now the first call after it tells of everything."""
    alerts = {"CHANNELS": receiver.channels("ops", KINDS=shop.KINDS), "SUMMARY_FROM": 100}
    shop.cron_stopped(database.now())
    wait_until_lost = shop.kill_in_a_run(jobs, tmp_path)
    made = manage("jobs_token", "create", "ci", "--scope", "read", "--days", "5", "--json").json()
    with serve(tmp_path, "--threads", "4", jobs=jobs, grace=1, drain=1, ALERTS=alerts, **shop.SITE) as server:
        assert _read(server.port, made["secret"]) == 200
        server.trigger("hangs")
        eventually(lambda: ledger(tmp_path / "hangs"))
        time.sleep(1.2)  # longer than its timeout
        wait_until_lost()
        for _ in range(2):
            assert _post(server, "fails", day(1))[0] == 500
        # On a slow machine it evaluates before all has gone wrong, and again half a minute later.
        eventually(lambda: len(receiver.taken) >= len(OPENED), 60)
        told = {each.data["subject"]: each.data for each in receiver.taken}
        _expect_each_kind(told)
        assert _post(server, "fails", day(2))[0] == 500
        # The server is killed: what it has sent and not yet marked would wait for two minutes.
        eventually(_nothing_is_in_hand)
    settings.JOBS_API = {**settings.JOBS_API, **shop.SITE, "ALERTS": alerts}
    for job in jobs:
        declare(
            job.name, schedule=job.schedule, timeout=job.timeout, grace=1800
        )  # a grace in which no further slot comes
    _repair(receiver, jobs, alerts)
    _expect_each_end(receiver)
    assert set(receiver.times().values()) == {1}


def _read(port, secret):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/jobs", headers={"Authorization": f"Bearer {secret}"})
    return connection.getresponse().status


def _post(server, job, date):
    return server.connection().ask("POST", f"/api/jobs/{job}/run?run_date={date}T00:00:00Z")


def _nothing_is_in_hand():
    return not AlertMessage.objects.exclude(claimed_until=None).exists()


def _expect_each_kind(told):
    assert len(told) == len(OPENED)
    for done, (kind, subject, title, lines) in OPENED.items():
        data = told[_named(subject)]
        assert (data["event"], data["kind"]) == ("opened", kind), done
        assert data["title"].startswith(_named(title)), done
        assert "***" not in data["text"], "our own words are no secret"
        for line in lines:
            assert _named(line) in data["text"], (done, data["text"])
        assert f"    manage.py jobs_alerts ack {data['incident']}" in data["text"], done
        assert max(map(len, data["title"].splitlines())) <= 120, done


def _named(text):
    return text.replace("{user}", shop.base.user()).replace("SITE", "shop.example.com")


def _repair(receiver, jobs, alerts):
    """A second failure; then the bug is fixed, the crontab is back, and the token is replaced."""
    assert manage("jobs_alerts", "evaluate").code == 0
    again = [each for each in receiver.taken if each.data["event"] == "again"]
    assert [(each.data["subject"], each.data["times"]) for each in again] == [("fails", 2)]
    assert again[0].data["title"].startswith("Failed again: fails (shop.example.com): ")
    assert "Slots:     2 slots so far" in again[0].data["text"]
    assert manage("jobs_run", "fails", "--run-date", f"{day(3)}T00:00:00Z").code == 0
    fixed = [Job(each.name, command="toy", schedule=each.schedule, grace=1800) for each in jobs]
    cron = start("jobs_run_due", "--source", "cron", jobs=fixed, jobs_api={"ALERTS": alerts})
    assert cron.wait(60) in (0, 75), cron.communicate()
    assert manage("jobs_token", "revoke", "ci").code == 0
    assert manage("jobs_alerts", "evaluate").code == 0


def _expect_each_end(receiver):
    ends = {each.data["subject"]: each.data for each in receiver.taken if each.data["event"] == "recovered"}
    for subject, (title, line) in RECOVERED.items():
        data = ends[_named(subject)]
        assert data["severity"] == "ok"
        assert data["title"].startswith("Recovered: ")
        assert _named(title) in data["headline"]
        assert line in data["text"]
        assert "***" not in data["text"]
