"""jobs_list: what a person looks at first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import registry
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.management.storing import run_now

from .calling import manage

pytestmark = pytest.mark.django_db
PAST, LATER = NOON.replace(year=2020), timezone.now() + timedelta(days=1)


# -- jobs_list --------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_job(known):
    known("b", timezone="Europe/Berlin")
    known("a", schedule=None)
    lines = manage("jobs_list").lines
    assert lines[0] == "job schedule timezone next last_slot last_state run health"
    assert lines[1] == "a - UTC - - - - ok"
    assert lines[2].startswith("b 0 3 * * * Europe/Berlin ")
    assert lines[2].endswith(" - - - missed")


def test_where_no_job_is_declared_the_list_says_where_to(declare):
    assert manage("jobs_list").out == "No jobs: declare them in <app>/jobs.py.\n"
    assert manage("jobs_list", "--json").json() == []


HIDDEN = "Some declarations have errors, which hide jobs: see manage.py check.\n"


def test_where_faulty_declarations_hide_every_job_the_list_says_so_and_fails(declare, faulty):
    with faulty():
        said, machine = manage("jobs_list"), manage("jobs_list", "--json")
    assert (said.code, said.out, said.err) == (1, "No jobs.\n", HIDDEN)
    assert (machine.code, machine.json(), machine.err) == (1, [], HIDDEN)


def test_where_faulty_declarations_hide_some_jobs_the_list_has_the_others(known, faulty):
    known("a", schedule=None)
    with faulty():
        said = manage("jobs_list")
    assert (said.code, said.err) == (0, HIDDEN)
    assert said.lines[1:] == ["a - UTC - - - - ok"]


HEALTH = {
    "ok": ({}, "succeeded"),
    "failing": ({"state": "failed", "reason": "error"}, "failed error"),
    "lost": ({"state": "running", "lease_expires_at": PAST}, "failed lost"),
    "running": ({"state": "running", "lease_expires_at": LATER, "started_at": timezone.now()}, "running"),
    "skipped": ({"state": "skipped"}, "skipped"),
}


@pytest.mark.parametrize("case", HEALTH)
def test_the_list_tells_the_last_run_and_health(known, case):
    fields, state = HEALTH[case]
    run = run_now(known(), **fields)
    (line,) = manage("jobs_list", "--json").json()
    assert (line["last_state"], line["run"]) == (state, run.pk)
    assert line["health"] == ("failing" if state.startswith("failed") else "ok")


def test_a_paused_job_is_listed_as_such(known):
    pausing.pause(known(), actor="", comment="", at=timezone.now())
    assert manage("jobs_list").lines[1].endswith(" paused")


FOR_PEOPLE = {"owner": "ops", "runbook": "https://wiki.example.com/nightly", "tags": ("billing", "tier-1")}


def test_json_tells_owner_runbook_and_tags(known):
    known("a", **FOR_PEOPLE)
    known("b")
    told = manage("jobs_list", "--json").json()
    assert [(job["owner"], job["runbook"], job["tags"]) for job in told] == [
        ("ops", "https://wiki.example.com/nightly", ["billing", "tier-1"]),
        ("", "", []),
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--tag", "billing"], ["a", "b"]),
        (["--tag", "billing", "--tag", "tier-1"], ["b"]),
        (["--owner", "ops"], ["a"]),
        (["--owner", "ops", "--tag", "billing"], ["a"]),
    ],
)
def test_the_list_can_be_filtered_by_tag_and_owner(known, words, names):
    known("a", owner="ops", tags=("billing",))
    known("b", tags=("tier-1", "billing"))
    known("c")
    assert [job["job"] for job in manage("jobs_list", *words, "--json").json()] == names
    assert [line.split()[0] for line in manage("jobs_list", *words).lines[1:] if line] == names


def test_a_filter_that_no_job_passes_says_which_there_are(known):
    known("a", owner="ops", tags=("billing",))
    known("b", owner="Zoë & co", tags=("mail",))
    assert manage("jobs_list", "--tag", "bill").out == "No jobs with the tag bill. Tags: billing, mail.\n"
    assert manage("jobs_list", "--owner", "op").out == "No jobs of the owner op. Owners: ops, Zoë & co.\n"
    assert manage("jobs_list", "--owner", "op", "--json").json() == []


@pytest.mark.parametrize("words", [["nightly"], ["--hosts"], ["--sources"], ["--state", "failed"]])
def test_filters_of_jobs_are_refused_beside_what_lists_none(known, words):
    known()
    said = manage("jobs_list", *words, "--tag", "billing")
    assert said.code == 1
    assert "--tag" in said.err


def test_the_runs_of_a_job_end_with_whom_to_ask_and_what_to_do(known):
    run_now(known(**FOR_PEOPLE))
    assert manage("jobs_list", "nightly").lines[-3:] == [
        "owner ops",
        "runbook https://wiki.example.com/nightly",
        "tags billing, tier-1",
    ]


def test_a_run_shows_whom_to_ask_and_what_to_do(known):
    run = run_now(known(**FOR_PEOPLE), state="failed", reason="error")
    lines = manage("jobs_show", run.pk).lines
    for line in ("owner ops", "runbook https://wiki.example.com/nightly", "tags billing, tier-1"):
        assert line in lines
    told = manage("jobs_show", run.pk, "--json").json()
    assert (told["owner"], told["runbook"], told["tags"]) == (
        "ops",
        FOR_PEOPLE["runbook"],
        list(FOR_PEOPLE["tags"]),
    )


def test_a_run_of_a_job_that_says_nothing_or_is_gone_shows_nothing_of_it(known):
    run = run_now(known(), state="failed", reason="error")
    for _ in range(2):
        assert not {line.split()[0] for line in manage("jobs_show", run.pk).lines if line} & set(FOR_PEOPLE)
        told = manage("jobs_show", run.pk, "--json").json()
        assert (told["owner"], told["runbook"], told["tags"]) == ("", "", [])
        registry.fill([])


def test_runs_of_jobs_that_are_gone_are_not_listed(known):
    run_now(known("gone"))
    registry.fill([])
    assert manage("jobs_list", "--json").json() == []


def test_with_a_name_the_newest_runs_of_that_job_are_listed(declare):
    job, other = declare(overlap="allow"), declare("other")
    stored_run(other)
    for day, state in ((17, "succeeded"), (18, "failed"), (19, "running"), (20, "queued")):
        stored_run(job, NOON.replace(day=day), state=state, reason="error" if state == "failed" else "")
    told = manage("jobs_list", "nightly", "--json").json()
    assert [one["state"] for one in told] == ["queued", "failed lost", "failed error", "succeeded"]
    failed = manage("jobs_list", "nightly", "--state", "failed", "--json").json()
    assert [one["state"] for one in failed] == ["failed lost", "failed error"]
    assert len(manage("jobs_list", "nightly", "--limit", "2", "--json").json()) == 2
    assert manage("jobs_list", "nightly", "--state", "skipped").out == "No such runs.\n"


def test_with_a_state_alone_the_newest_runs_of_all_jobs_in_it_are_listed(known):
    """Who looks for what no worker has begun need not know whose it is."""
    nightly, other, gone = known(timezone="Europe/Berlin"), known("other"), known("gone")
    waiting = {"state": "claimed", "attempt": 1, "lease_expires_at": LATER, "started_at": None}
    second = stored_run(nightly, NOON.replace(day=17), **waiting)
    stored_run(nightly, NOON.replace(day=18))
    third = stored_run(other, NOON.replace(day=17), **waiting)
    first = stored_run(gone, NOON.replace(day=16), **waiting)
    stored_run(other, NOON.replace(day=18), **{**waiting, "held_job": None, "lease_expires_at": PAST})
    registry.fill([nightly, other])
    told = manage("jobs_list", "--state", "claimed", "--json").json()
    assert [(one["run"], one["job"]) for one in told] == [
        (third.pk, "other"),
        (second.pk, "nightly"),
        (first.pk, "gone"),
    ]
    assert told[1]["run_date"] == "2026-11-17T13:00:00+01:00"
    lines = manage("jobs_list", "--state", "claimed", "--limit", "1").lines
    assert lines[0] == "run job run_date state attempt trigger source started took"
    assert [line.split()[:2] for line in lines[1:]] == [[str(third.pk), "other"]]
    assert manage("jobs_list", "--state", "skipped").out == "No such runs.\n"
