"""Units of systemd: what timers and services say; `make schedulers` asks systemd itself."""

from __future__ import annotations

import configparser
import shlex

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.calendar_events import on_calendar
from jobs_api.exporters.common.exporter import COMMAND, HTTP
from jobs_api.exporters.common.folder import split
from jobs_api.exporters.common.unit_files import text, word
from tests.jobs_api.exporters.toys import BERLIN, TOYS, plan_for, toy

EVENTS = {
    "0 3 * * *": ["*-*-* 03:00:00 UTC"],
    "* * * * *": ["*-*-* *:*:00 UTC"],
    "*/5 * * * *": ["*-*-* *:00/5:00 UTC"],
    "3-59/10 */7 * * *": ["*-*-* 00/7:03/10:00 UTC"],
    "0 9-17/4 * * 1-5": ["Mon..Fri *-*-* 09,13,17:00:00 UTC"],
    "0 0 1,15-17 JAN,MAR-MAY *": ["*-01,03..05-01,15..17 00:00:00 UTC"],
    "30 4 * * 0,5-7": ["Fri..Sun *-*-* 04:30:00 UTC"],
    "0 0 L * *": ["*-*~01 00:00:00 UTC"],
    "0 0 15,L 2 *": ["*-02-15 00:00:00 UTC", "*-02~01 00:00:00 UTC"],
    "5,6 22-23 */2 * *": ["*-*-01/2 22..23:05..06:00 UTC"],
}


def units(*jobs, **named):
    exporter = all_exporters()["systemd"]
    return {
        name: Unit(part) for name, part in split(exporter.render(plan_for(exporter, *jobs, **named))).items()
    }


class Unit:
    """A unit file, read."""

    def __init__(self, part):
        self.text = part
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(part)
        self.keys = {key: value for section in parser.sections() for key, value in parser[section].items()}

    def __getitem__(self, key):
        return self.keys[key]

    def all(self, key):
        return [line.partition("=")[2] for line in self.text.splitlines() if line.startswith(f"{key}=")]


@pytest.mark.parametrize(("line", "events"), EVENTS.items())
def test_a_cron_line_becomes_a_calendar_event(line, events):
    assert list(on_calendar(line, "UTC")) == events


def test_each_job_has_a_timer_in_its_zone_and_a_service():
    found = units(TOYS["weekdays_in_berlin"], run_due="none")
    assert list(found) == ["jobs_api-weekdays_in_berlin.timer", "jobs_api-weekdays_in_berlin.service"]
    timer = found["jobs_api-weekdays_in_berlin.timer"]
    assert timer["OnCalendar"] == f"Mon..Fri *-*-* 09:30:00 {BERLIN}"
    assert (timer["Persistent"], timer["AccuracySec"], timer["WantedBy"]) == ("true", "1s", "timers.target")
    assert '# jobs_api: {"name": "weekdays_in_berlin"' in timer.text


def test_day_of_month_or_weekday_are_two_events_because_one_means_and():
    timer = units(TOYS["month_and_week"])["jobs_api-month_and_week.timer"]
    assert timer.all("OnCalendar") == [
        "*-*-01,15 06:00:00 America/New_York",
        "Mon *-*-* 06:00:00 America/New_York",
    ]


def test_a_call_reads_the_secret_as_a_credential_and_needs_no_user():
    service = units(TOYS["daily_in_new_york"])["jobs_api-daily_in_new_york.service"]
    assert service["LoadCredential"] == "authorization:/etc/jobs_api/authorization"
    assert service["DynamicUser"] == "yes"
    words = shlex.split(service["ExecStart"])
    assert words[words.index("--header") + 1] == "@${CREDENTIALS_DIRECTORY}/authorization"
    assert words[words.index("--data") + 1] == ""
    assert words[-1] == "https://shop.example.com/api/jobs/daily_in_new_york/run?source=systemd"
    assert int(service["TimeoutStartSec"]) > int(words[words.index("--max-time") + 1]) > 600


def test_a_command_has_the_environment_of_the_web_server_and_leaves_processes_alone():
    service = units(TOYS["daily_in_new_york"], form=COMMAND)["jobs_api-daily_in_new_york.service"]
    assert service["EnvironmentFile"] == "/etc/jobs_api/environment"
    assert service["WorkingDirectory"] == "/srv/app"
    assert service["ExecStart"].startswith("/srv/app/.venv/bin/python manage.py jobs_run daily_in_new_york ")
    assert service["KillMode"] == "process"
    assert int(service["TimeoutStartSec"]) > 600


def test_run_due_may_take_as_long_as_the_longest_job():
    service = units(TOYS["daily"], TOYS["daily_in_new_york"], form=COMMAND)["jobs_api_run-due.service"]
    assert int(service["TimeoutStartSec"]) > 3600


def test_a_job_called_run_due_or_web_does_not_take_the_place_of_another_unit():
    jobs = [toy(name, "0 3 * * *") for name in ("run-due", "web", "worker", "beat")]
    found = units(*jobs, wsgi="mysite.wsgi:application", celery="mysite")
    assert len(found) == 2 * len(jobs) + 2 + 3


def test_web_server_worker_and_beat_are_written_where_they_are_named():
    assert not {name for name in units() if "web" in name or "worker" in name or "beat" in name}
    found = units(wsgi="mysite.wsgi:application", celery="mysite", directory="/srv/my shop")
    web, worker, beat = (found[f"jobs_api_{name}.service"] for name in ("web", "worker", "beat"))
    assert web["ExecStart"] == '"/srv/my shop/.venv/bin/python" -m gunicorn mysite.wsgi:application'
    assert web["WorkingDirectory"] == "/srv/my shop"
    assert "--app mysite worker" in worker["ExecStart"]
    assert "--app mysite beat" in beat["ExecStart"]
    for service in (web, worker, beat):
        assert (service["Restart"], service["KillMode"]) == ("always", "mixed")
        assert int(service["TimeoutStopSec"]) > 25, "gunicorn's graceful_timeout"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/srv/app", "/srv/app"),
        ("/srv/a b", '"/srv/a b"'),
        ("50%", "50%%"),
        ("$HOME", '"$$HOME"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("it's;", '"it\'s;"'),
        ("", '""'),
    ],
)
def test_a_word_of_a_command_line_means_itself(value, written):
    assert word(value) == written


def test_a_description_is_one_line_without_specifiers():
    assert text("100% of\n it \\") == "100%% of it "
    job = toy("odd", "0 3 * * *", description="Line one\nExecStart=/bin/false % \\")
    service = units(job)["jobs_api-odd.service"]
    assert service.all("ExecStart")[0].startswith("/usr/bin/curl ")


@pytest.mark.parametrize("form", [HTTP, COMMAND])
def test_no_unit_holds_a_secret(form):
    rendered = "".join(unit.text for unit in units(form=form).values())
    assert "Bearer" not in rendered
