"""jobs_pause and jobs_resume: which jobs, until when, and what an operator is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs_api import trigger
from jobs_api.exceptions import BadInput
from jobs_api.management import base
from jobs_api.models import JobPause, State
from jobs_api.runs import job_state, pausing
from jobs_api.triggers.pause_orders import written_end
from tests.conftest import NOON, stored_run

from .calling import manage

pytestmark = pytest.mark.django_db

SOON = (timezone.now() + timedelta(days=3)).astimezone(UTC)


@pytest.fixture(autouse=True)
def ops(monkeypatch):
    monkeypatch.setattr(base, "user", lambda: "ops")


@pytest.fixture
def reports(declare):
    for name in ("report_day", "report_week", "nightly"):
        declare(name)


# -- which jobs -------------------------------------------------------------------------------

CHOICES = {
    "a name": (["nightly"], ["nightly"]),
    "names": (["nightly", "report_day"], ["nightly", "report_day"]),
    "all": (["--all"], ["nightly", "report_day", "report_week"]),
    "a glob": (["--glob", "report_*"], ["report_day", "report_week"]),
    "globs": (["--glob", "*_day", "--glob", "night*"], ["nightly", "report_day"]),
    "a name and a glob that has it": (["report_day", "--glob", "report_*"], ["report_day", "report_week"]),
    "a name and all": (["nightly", "--all"], ["nightly", "report_day", "report_week"]),
}


@pytest.mark.parametrize(("arguments", "jobs"), CHOICES.values(), ids=CHOICES)
def test_jobs_are_chosen_by_name_by_glob_or_all(reports, arguments, jobs):
    """Pain 35: pausing all that depends on one thing took a command for each."""
    paused = manage("jobs_pause", *arguments, "--json").json()
    assert sorted(told["job"] for told in paused if told["changed"]) == jobs
    assert sorted(JobPause.objects.filter(ended_at=None).values_list("job_name", flat=True)) == jobs
    assert all(told["changed"] for told in manage("jobs_resume", *arguments, "--json").json())
    assert not JobPause.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("name", ["jobs_pause", "jobs_resume"])
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "Name a job, or give --glob 'report_*' or --all. "),
        (["--glob", "repot_*"], "No job matches 'repot_*'. There are: nightly, report_day, report_week."),
        (["--glob", "report_*", "--glob", ""], "No job matches ''."),
        (["--all", "nighty"], "'nighty'"),
        (["report_*"], "'report_*'"),
    ],
)
def test_a_choice_of_nothing_is_an_error_and_changes_nothing(reports, name, arguments, error):
    said = manage(name, *arguments)
    assert (said.code, JobPause.objects.count()) == (1, 0)
    assert error in said.err


def test_code_may_call_it_with_one_glob(reports):
    call_command("jobs_pause", glob="report_*", verbosity=0)
    assert JobPause.objects.count() == 2


# -- until when -------------------------------------------------------------------------------

BERLIN = "Europe/Berlin"
ENDS = {
    "a time": ("2026-12-01T06:00", "2026-12-01T05:00+00:00"),
    "a time with a space": (" 2026-12-01 06:00:30 ", "2026-12-01T05:00:30+00:00"),
    "in summer": ("2027-07-01T06:00", "2027-07-01T04:00+00:00"),
    "a day": ("2026-12-01", "2026-11-30T23:00+00:00"),
    "an instant": ("2026-12-01T06:00-05:00", "2026-12-01T11:00+00:00"),
    "in UTC": ("2026-12-01t06:00z", "2026-12-01T06:00+00:00"),
    "hours": ("2h", "2026-11-20T14:00+00:00"),
    "minutes": ("90m", "2026-11-20T13:30+00:00"),
    "days": ("3d", "2026-11-23T12:00+00:00"),
    "all units": ("1W1D1h1m1S", "2026-11-28T13:01:01+00:00"),
    "the hour before one that occurs twice": ("2027-10-31T01:59", "2027-10-30T23:59+00:00"),
    "the hour after it": ("2027-10-31T03:00", "2027-10-31T02:00+00:00"),
    "the end of a gap": ("2027-03-28T03:00", "2027-03-28T01:00+00:00"),
}
TWICE = "`until` 2027-10-31 02:30:00 occurs twice in Europe/Berlin: write 2027-10-31T02:30:00+02:00 or "
GAP = "`until` 2027-03-28 02:30:00 does not exist in Europe/Berlin, whose clock goes forward: write 2027-03"
NO_END = {
    "twice": ("2027-10-31T02:30", TWICE),
    "never": ("2027-03-28T02:30", GAP),
    "words": (
        "tomorrow",
        "`until` must be a time such as 2026-12-01T06:00, a day, or a duration such as 90m",
    ),
    "nothing": ("", "`until` must be a time"),
    "no unit": ("90", "`until` must be a time"),
    "another unit": ("2y", "`until` must be a time"),
    "no whole number": ("1.5h", "`until` must be a time"),
    "backwards": ("-2h", "`until` must be a time"),
    "units in disorder": ("1m2h", "`until` must be a time"),
    "no day": ("2026-02-30", "`until` must be a time"),
    "beyond the calendar": ("9999-12-31T23:00", "`until` must be a time"),
    "too far": ("9" * 20 + "d", "`until` is too far away"),
    "too many digits": ("9" * 5000 + "d", "`until` is too far away"),
    "other digits": ("٢h", "`until` must be a time"),
}


@pytest.mark.parametrize(("text", "end"), ENDS.values(), ids=ENDS)
def test_an_end_is_a_time_or_a_day_in_the_zone_or_a_duration(text, end):
    assert written_end(text, BERLIN, NOON) == datetime.fromisoformat(end)


@pytest.mark.parametrize(("text", "error"), NO_END.values(), ids=NO_END)
def test_an_end_that_is_none_is_refused_with_the_remedy(text, error):
    with pytest.raises(BadInput) as refused:
        written_end(text, BERLIN, NOON)
    assert str(refused.value).startswith(error)


def test_the_answer_says_until_when_and_in_which_zone(declare, settings):
    settings.TIME_ZONE = BERLIN
    declare("a")
    said = manage("jobs_pause", "a", "--until", f"{SOON.year + 1}-07-01T06:00").out
    assert said == f"a: paused until {SOON.year + 1}-07-01 06:00:00+02:00 (Europe/Berlin)\n"
    assert JobPause.objects.get().until == datetime(SOON.year + 1, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("until", ["2026-01-01", "2026-01-01T06:00+01:00", "0s", "tomorrow"])
def test_an_end_that_has_passed_or_is_none_pauses_nothing(reports, until):
    said = manage("jobs_pause", "--all", "--until", until)
    assert (said.code, JobPause.objects.count()) == (1, 0)
    assert said.err.startswith("CommandError: `until` ") or "`until`" in said.err


# -- what is told -----------------------------------------------------------------------------


def paused_since(job, **ago):
    return pausing.pause(job, actor="ana", comment="moving", at=timezone.now() - timedelta(**ago))


def test_it_says_how_many_runs_wait(declare):
    """Pain 35: what a pause holds up was seen only afterwards."""
    one, many, now = declare("one"), declare("many"), timezone.now()
    for job, number in ((one, 1), (many, 3)):
        for day in range(number):
            stored_run(job, now - timedelta(days=day), state=State.QUEUED, next_attempt_at=now)
    assert manage("jobs_pause", "one", "many").lines == [
        "one: paused; 1 run waits",
        "many: paused; 3 runs wait",
    ]
    assert [told["waiting"] for told in manage("jobs_resume", "one", "--all", "--json").json()] == [1, 3]


def test_another_reason_replaces_the_pause_and_says_which(declare):
    paused_since(declare("a"), hours=1)
    said = manage("jobs_pause", "a", "--until", "2h", "--reason", "moved").out
    assert said.startswith("a: paused until 20")
    assert "; this replaces the pause from 20" in said
    assert said.endswith(" by ana (moving)\n")


def test_who_resumes_a_job_whose_pause_has_ended_is_told_when_it_did(declare):
    now = timezone.now()
    ends = {"at": now - timedelta(hours=2), "until": now - timedelta(hours=1)}
    pausing.pause(declare("a"), actor="ana", comment="moving", **ends)
    assert manage("jobs_list", "a").lines[-1].endswith(" (its end was reached).")
    assert JobPause.objects.get().ended_at is None  # reading has closed nothing
    said = manage("jobs_resume", "a").out
    assert said.startswith("a: was not paused any more; it was from 20")
    assert said.endswith(" (its end was reached)\n")
    assert manage("jobs_list", "a").lines[-1].endswith(" (its end was reached).")


def test_the_list_says_of_each_paused_job_why_until_when_and_for_how_long_the_longest_first(declare):
    """Pain 35: a pause that everybody has forgotten."""
    jobs = [declare(name) for name in ("new", "old", "other")]
    job_state.know_all(at=timezone.now())
    stored_run(jobs[1], timezone.now(), state=State.QUEUED, next_attempt_at=timezone.now())
    paused_since(jobs[0], hours=5)
    paused_since(jobs[1], days=40, hours=3)
    *_, old, new = manage("jobs_list").lines
    assert old.startswith("old is paused for 40 days: from 20")
    assert old.endswith(" by ana (moving), until it is resumed; 1 run waits.")
    assert new.startswith("new is paused for 5 hours: from 20")
    listed = {line["job"]: line for line in manage("jobs_list", "--json").json()}
    assert (listed["old"]["waiting"], listed["old"]["pause"]["reason"]) == (1, "moving")
    assert (listed["other"]["waiting"], listed["other"]["pause"]) == (None, None)


def test_a_backfill_of_a_paused_job_says_that_its_slots_wait(declare):
    paused_since(declare(), hours=1)
    days = [(timezone.now() - timedelta(days=number)).date() for number in (3, 1)]
    said = manage("jobs_backfill", "nightly", *days)
    assert said.lines[-2] == "2 of 2 slots queued; jobs_run_due starts them."
    assert said.lines[-1].startswith("They wait: the job is paused from 20")
    assert manage("jobs_run_due", "--json").json() == []


def test_a_trigger_says_why_it_starts_nothing(declare):
    """Pain 35: `paused`, and nobody knows why."""
    paused_since(declare(), hours=1)
    manage("jobs_pause", "nightly", "--until", "2h", "--reason", "moving on")
    said = manage("jobs_run", "nightly")
    assert said.code == 0
    assert said.lines[-1].startswith("nightly is paused since 20")
    assert " by ops (moving on), until 20" in said.lines[-1]
    (told,) = manage("jobs_run", "nightly", "--json").json()
    assert (told["outcome"], told["pause"]["actor"], told["pause"]["reason"]) == (
        "paused",
        "ops",
        "moving on",
    )
    result = trigger("nightly")
    assert (result.ok, result.pause.reason) == (True, "moving on")
    assert result.detail.startswith("The job is paused since 20")
    assert result.pause.until == JobPause.objects.get(ended_at=None).until
