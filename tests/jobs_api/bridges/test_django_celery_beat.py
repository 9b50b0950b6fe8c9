"""django-celery-beat: rows that fire at each slot, kept in step with the declarations."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from celery import Celery
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.exceptions import BadInput
from jobs_api.schedule.slots import Schedule, in_utc
from tests.jobs_api.bridges.nights import NIGHTS, span, times

APPS = ["django_celery_beat"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("engine_apps")]

ENGINE = "django-celery-beat"


def sync(*args, **options):
    """Its models can be imported only while its app is installed."""
    from jobs_api.bridges import django_celery_beat

    return django_celery_beat.sync(*args, **options)


def rows():
    return {row.name: row for row in apps.get_model("django_celery_beat", "PeriodicTask").objects.all()}


def line(row):
    cron = row.crontab
    parts = (cron.minute, cron.hour, cron.day_of_month, cron.month_of_year, cron.day_of_week)
    return f"{' '.join(parts)} {cron.timezone}"


def test_each_job_with_a_schedule_gets_rows_in_utc_and_run_due_one(declare):
    declare("nightly", schedule="0 3 * * *", timezone="Asia/Kolkata")
    declare("by_hand", schedule=None)
    changes = sync(run_due_every=10)
    assert changes.added == ("jobs_api: nightly", "jobs_api: run-due")
    found = rows()
    assert line(found["jobs_api: nightly"]) == "30 21 * * * UTC"
    assert line(found["jobs_api: run-due"]) == "*/10 * * * * UTC"
    nightly = found["jobs_api: nightly"]
    assert (nightly.task, json.loads(nightly.args)) == ("jobs_api.trigger", ["nightly"])
    assert json.loads(nightly.kwargs) == {"source": ENGINE}


def test_a_job_that_catches_nothing_up_starts_nothing_old_at_a_surplus_call(declare):
    declare(timezone="Europe/Berlin", catch_up="none")
    sync(run_due_every=None)
    assert all(json.loads(row.kwargs)["max_late"] == 3600 for row in rows().values())


def test_once_more_changes_nothing(declare):
    declare(timezone="Europe/Berlin")
    sync()
    before = {name: row.date_changed for name, row in rows().items()}
    assert not sync()
    assert {name: row.date_changed for name, row in rows().items()} == before
    assert not sync(check=True)


def test_rows_follow_the_declarations_and_stale_ones_are_removed(declare):
    declare("nightly", timezone="UTC")
    declare("gone", timezone="UTC")
    sync()
    registry.fill([Job("nightly", command="toy", schedule="30 4 * * 7", timezone="UTC")])
    to_do = sync(check=True)
    assert line(rows()["jobs_api: nightly"]) == "0 3 * * * UTC"  # --check changes nothing
    changes = sync()
    assert to_do == changes
    assert (changes.added, changes.changed, changes.removed) == (
        (),
        ("jobs_api: nightly",),
        ("jobs_api: gone",),
    )
    assert line(rows()["jobs_api: nightly"]) == "30 4 * * SUN UTC"
    assert sorted(rows()) == ["jobs_api: nightly", "jobs_api: run-due"]


def test_a_changed_line_does_not_fire_at_once_for_a_slot_from_before(declare):
    declare(timezone="UTC")
    sync(run_due_every=None)
    model = apps.get_model("django_celery_beat", "PeriodicTask")
    model.objects.update(last_run_at=timezone.now() - timedelta(days=3))
    registry.fill([Job("nightly", command="toy", schedule="0 * * * *", timezone="UTC")])
    sync(run_due_every=None)
    assert timezone.now() - rows()["jobs_api: nightly"].last_run_at < timedelta(minutes=1)


def test_beat_is_told_that_rows_have_changed(declare):
    declare(timezone="UTC")
    changed = apps.get_model("django_celery_beat", "PeriodicTasks")
    assert changed.last_change() is None
    sync()
    told = changed.last_change()
    assert told is not None
    sync()
    assert changed.last_change() == told


def test_a_thousand_jobs_take_few_statements(declare, django_assert_max_num_queries):
    declare()
    lines = [f"{number % 60} {number % 24} * * *" for number in range(1000)]
    jobs = [
        Job(f"job{n}", command="toy", schedule=line, timezone="Asia/Tokyo") for n, line in enumerate(lines)
    ]
    registry.fill(jobs)
    with django_assert_max_num_queries(60):
        assert len(sync().added) == 1001
    with django_assert_max_num_queries(10):
        assert not sync()


def test_what_operators_change_and_rows_of_their_own_stay(declare):
    declare(timezone="UTC")
    sync()
    model = apps.get_model("django_celery_beat", "PeriodicTask")
    crontab = rows()["jobs_api: nightly"].crontab
    model.objects.create(name="own", task="shop.tasks.tidy", crontab=crontab)
    model.objects.create(name="jobs_api: mine", task="shop.tasks.tidy", crontab=crontab)
    model.objects.create(name="also theirs", task="jobs_api.trigger", args='["nightly"]', crontab=crontab)
    model.objects.filter(name="jobs_api: nightly").update(enabled=False, queue="slow")
    registry.fill([Job("nightly", command="toy", schedule="30 4 * * *", timezone="UTC")])
    sync()
    nightly = rows()["jobs_api: nightly"]
    assert (nightly.enabled, nightly.queue, line(nightly)) == (False, "slow", "30 4 * * * UTC")
    assert {"own", "jobs_api: mine", "also theirs"} < set(rows())
    registry.fill([])
    assert sync(run_due_every=None).removed == ("jobs_api: nightly", "jobs_api: run-due")
    assert set(rows()) == {"own", "jobs_api: mine", "also theirs"}


def test_a_row_of_theirs_with_a_name_of_ours_is_not_overwritten(declare):
    declare("nightly")
    apps.get_model("django_celery_beat", "CrontabSchedule").objects.create()
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get()
    model = apps.get_model("django_celery_beat", "PeriodicTask")
    model.objects.create(name="jobs_api: nightly", task="shop.tasks.tidy", crontab=crontab)
    with pytest.raises(BadInput, match="'jobs_api: nightly': rename it"):
        sync()
    assert len(rows()) == 1


@pytest.mark.parametrize(("case", "expected"), NIGHTS.items(), ids=lambda value: "-".join(map(str, value)))
def test_pain_12_its_own_crontabs_fire_at_each_slot_of_the_nights(declare, case, expected):
    """And at some other times, when the slot is done; the slot of a gap may be called half an hour late."""
    cron, zone, day = case
    start, end = span(zone, day)
    declare(schedule=cron, timezone=zone)
    sync(run_due_every=None)
    fired = sorted(moment for row in rows().values() for moment in fires(row.schedule, start, end))
    slots = list(in_utc(Schedule.parse(cron, zone), start, end + timedelta(seconds=1)))
    assert times(slots) == expected
    for slot in slots:
        assert any(slot <= moment <= slot + timedelta(minutes=60) for moment in fired), (slot, fired)


def fires(crontab, start, end):
    """As Celery computes them: whenever `is_due` says so, asked each minute."""
    crontab.app = Celery("toys", set_as_current=False)
    moment, last = start, start - timedelta(minutes=1)
    while moment <= end + timedelta(minutes=60):
        crontab.nowfun = lambda moment=moment: moment
        if crontab.is_due(last).is_due:
            last = moment
            yield moment
        moment += timedelta(minutes=15)


# -- the command ------------------------------------------------------------------------------


def test_the_command_tells_what_it_did_and_check_exits_1_until_then(declare, capsys):
    declare(timezone="UTC")
    with pytest.raises(SystemExit) as ended:
        call_command("jobs_sync", ENGINE, "--check")
    assert ended.value.code == 1
    assert not rows()
    call_command("jobs_sync", ENGINE, "--run-due-every", "none")
    assert capsys.readouterr().out.splitlines()[-1] == "added: jobs_api: nightly"
    call_command("jobs_sync", ENGINE, "--run-due-every", "none", "--check")
    assert capsys.readouterr().out == "All rows are in step.\n"
    call_command("jobs_sync", ENGINE, "--json")
    assert json.loads(capsys.readouterr().out)["added"] == ["jobs_api: run-due"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["quartz"], 'There is no bridge "quartz". There are: apscheduler,'),
        (["celery-beat"], "There is nothing to do for celery-beat: see docs/bridges.md"),
        (["django-q2"], '"django_q" is not in INSTALLED_APPS'),
        ([ENGINE, "--run-due-every", "7m"], "no cron line says every 7m"),
        ([ENGINE, "--only", "weekly"], "No job with a schedule has a name like 'weekly'"),
    ],
)
def test_the_command_says_what_is_wrong(declare, arguments, text):
    declare()
    with pytest.raises(CommandError) as error:
        call_command("jobs_sync", *arguments)
    assert text in str(error.value)
