"""`make schedulers`: what it asserts fails where it must. Its systems take minutes, and run there alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest

from jobs_api.models import JobRun
from tests.conftest import NOON
from tools.chaos.ledger import Pen, instant
from tools.chaos.services import ROOT
from tools.schedulers import crons, exam, packages, validating
from tools.schedulers.__main__ import table, try_system, try_validator
from tools.schedulers.exam import SECOND, Exam
from tools.schedulers.found import all_systems, all_validators
from tools.schedulers.host.management.commands.accounts import account
from tools.schedulers.scene import Scene
from tools.schedulers.system import System
from tools.schedulers.validating import Validator, replaced

MINUTES = [1_800_000_000, 1_800_000_060]
OWN = "toy-engine"


def engine(**fields):
    usual = {"title": "Toy", "source": OWN, "services": lambda scene: [], "postgresql": False}
    return System(**{**usual, **fields})


@pytest.fixture
def tried(tmp_path):
    """An exam whose minutes are over, with the ledger and the accounts of a system that did all it must."""

    def made(*, change=lambda runs: None, starts=1, **fields):
        asked = Exam(Scene("toy", engine(run_due=True, **fields), tmp_path))
        asked.minutes = MINUTES
        jobs = (*asked.scene.jobs, "due_only")
        runs = [run(job, minute, asked._left(turn)) for turn, minute in enumerate(MINUTES) for job in jobs]
        change(runs)
        for each in runs:
            for _ in range(starts):
                note(asked.scene, each)
        asked._accounts = lambda: {"runs": runs, "counts": []}
        return asked

    return made


def run(job, minute, left):
    state = "failed" if job == "tick_fails" else "succeeded"
    source, trigger = (OWN, "run_due") if job == "due_only" else (OWN if job in left else SECOND, "http")
    slot = instant(exam.datetime.fromtimestamp(minute, exam.UTC))
    told = {"state": state, "error": "", "source": source, "trigger": trigger, "attempts": 1}
    return {"job": job, "slot": slot, **told}


def note(scene, each):
    pen = Pen(scene.ledger, each["job"], exam.datetime.fromisoformat(each["slot"]), 1)
    pen.note("start")
    pen.close()


def found(asked, monkeypatch):
    monkeypatch.setattr(exam, "FLUSHED", 0)
    asked._compare()
    return asked.wrong


def test_nothing_is_wrong_with_a_system_that_fires_each_slot(tried, monkeypatch):
    asked = tried()
    assert found(asked, monkeypatch) == []
    assert asked.runs == Counter({OWN: 4, SECOND: 2})


CHANGES = {
    "0 runs": lambda runs: runs.pop(),
    "2 runs": lambda runs: runs.append(runs[0]),
    "run by 'the-second'": lambda runs: runs[1].update(source=SECOND),
    "run by 'nobody'": lambda runs: runs[-1].update(source=""),
    "2 attempts": lambda runs: runs[0].update(attempts=2),
    "is lost, not succeeded": lambda runs: runs[0].update(state="lost"),
    "is succeeded, not failed": lambda runs: runs[1].update(state="succeeded"),
    "tick_ok: it has not triggered it": lambda runs: runs[3].update(trigger="run_due"),
}


@pytest.mark.parametrize("text", CHANGES)
def test_it_is_wrong(text, tried, monkeypatch):
    wrong = found(tried(change=CHANGES[text]), monkeypatch)
    assert any(text in line for line in wrong), wrong


def test_a_slot_that_began_twice_is_wrong_whatever_the_database_says(tried, monkeypatch):
    assert "began 2 times" in found(tried(starts=2), monkeypatch)[0]


def test_a_job_for_another_executor_is_left_to_the_system_in_one_of_two_slots(tmp_path):
    asked = Exam(Scene("toy", engine(executor="celery"), tmp_path))
    jobs = {"tick_ok", "tick_fails", "tick_queued"}
    for turn in range(exam.SLOTS):
        assert {*asked._left(turn), *asked._raced(turn)} == jobs
    assert {*asked._left(0), *asked._left(1)} == jobs


def test_the_accounts_tell_what_the_database_holds():
    fields = {"state": "failed", "source": OWN, "trigger": "python", "attempt": 2, "error": "exit 3"}
    told = account(JobRun(job_name="tick_ok", run_date=NOON, **fields))
    assert told == {
        "job": "tick_ok", "slot": instant(NOON), "state": "failed", "error": "exit 3",
        "source": OWN, "trigger": "python", "attempts": 2,
    }  # fmt: skip


# -- what is skipped, and what is refused -----------------------------------------------------


def test_a_system_whose_program_is_absent_is_skipped_and_says_so(tmp_path):
    row = try_system(tmp_path, "toy", engine(programs=("no-such-program",)), print)
    assert row == ("Toy", "-", "skipped: no-such-program is not installed")
    assert "| Toy | - | skipped: no-such-program is not installed |" in table([row])


def test_a_debian_package_is_not_installed_by_anybody_but_root(monkeypatch):
    monkeypatch.setattr(packages.os, "geteuid", lambda: 1000)
    assert "needs apt-get and root" in packages.missing(engine(debian=("no-such-package",)))


def test_on_a_machine_without_any_program_each_system_says_what_it_needs(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for system in all_systems().values():
        assert isinstance(packages.missing(system), str)
    assert crons.private() == "unshare is not installed"


def test_what_a_system_needs_may_fail_without_an_end_of_the_others(tmp_path):
    def usable():
        raise OSError("unreadable")

    row = try_system(tmp_path, "toy", engine(usable=usable), print)
    assert row[2] == "OSError: unreadable"


def test_a_system_that_cannot_start_is_wrong(tmp_path):
    title, _, result = try_system(tmp_path, "toy", engine(settings="no.such.settings"), print)
    assert title == "Toy"
    assert "No module named 'no'" in result


def validator(**fields):
    usual = {"title": "Reader", "exporters": ("crontab",), "check": lambda text: [], "broken": {}}
    return Validator(**{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({}, "ok"),
        ({"check": lambda text: ["line 1: no"]}, "crontab: line 1: no"),
        ({"broken": {"without a minute": replaced("* *", "*")}}, "without a minute: is not refused"),
        ({"broken": {"no such text": replaced("§", "")}}, "no such text: no export can be broken so"),
        ({"needs": ("no-such-program",)}, "skipped: no-such-program is not installed"),
    ],
)
def test_a_validator_must_take_our_text_and_refuse_what_is_broken(fields, result, monkeypatch):
    monkeypatch.setattr(validating, "exported", lambda platform: [(platform, "* * * * * curl\n")])
    assert try_validator(validator(**fields), print)[2] == result


def test_a_validator_that_npm_would_bring_is_skipped_where_there_is_no_npm(monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda name, **how: None)
    result = try_validator(validator(npm=("no-such-package@1.2.3",)), print)[2]
    assert result == "skipped: npm is not installed, which brings no-such-package@1.2.3"


def test_a_program_that_complains_is_heard():
    assert validating.complaints("sh", "-n", "{file}", text="if true; then", file="a.sh")
    assert validating.complaints("sh", "-n", "{file}", text="true", file="a.sh") == []


# -- what is there ----------------------------------------------------------------------------


def test_its_names_are_listed_without_anything_being_installed():
    command = [sys.executable, "-m", "tools.schedulers", "--list", "--only", "shell"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["shell_loop"]


def test_each_file_holds_a_system_or_a_validator():
    assert all(isinstance(each, System) and each.late <= 50 for each in all_systems().values())
    assert all(isinstance(each, Validator) and each.broken for each in all_validators().values())


def test_the_page_shows_the_last_run_of_each():
    page = (ROOT / "docs/schedulers.md").read_text()
    for each in (*all_systems().values(), *all_validators().values()):
        row = rf"^\| {re.escape(each.title)} \| .+ \| (ok|skipped: .+) \|$"
        assert re.search(row, page, re.MULTILINE), each.title
