"""An executor of the host's own, named by a dotted path: found, checked, used, and gone again."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from jobs_api import executors, registry
from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.cancelling import cancel_run
from tests.conftest import stored_run
from tests.jobs_api.triggers.asking import NOON, trigger
from tests.jobs_api.triggers.waiting import known
from tests.toys import executors as toys

TAKING = "tests.toys.executors.Taking"
GONE = "acme.jobs.Nomad"


@pytest.fixture(autouse=True)
def loaded_anew():
    executors.forget()
    yield
    executors.forget()


def checked():
    return [message for message in run_checks(tags=["jobs_api"]) if message.is_serious()]


# -- found ------------------------------------------------------------------------------------


def test_a_class_is_made_once_and_an_instance_is_taken_as_it_is():
    assert isinstance(executors.load(TAKING), toys.Taking)
    assert executors.load(TAKING) is executors.load(TAKING)
    assert executors.load("tests.toys.executors.taking") is toys.taking


def test_what_a_host_needs_to_write_one_has_one_address():
    from jobs_api.executors import deliver
    from jobs_api.worker import delivery

    assert deliver is delivery.deliver
    assert all(hasattr(executors, name) for name in executors.__all__)


@pytest.mark.django_db
def test_it_takes_the_attempts_of_jobs_that_name_it(declare):
    job = declare(executor=TAKING, executor_options={"datacenter": "fra"})

    result = trigger(job)

    assert (result.outcome, result.background) == ("accepted", True)
    assert executors.load(TAKING).taken == [("nightly", {"datacenter": "fra"})]
    assert JobRun.objects.get().executor == TAKING


@pytest.mark.django_db
def test_the_setting_may_name_one_and_give_its_options(declare, settings):
    settings.JOBS_API = {"EXECUTOR": TAKING, "EXECUTOR_OPTIONS": {TAKING: {"datacenter": "fra"}}}
    job = declare()

    assert checked() == []
    assert trigger(job).outcome == "accepted"
    assert executors.load(TAKING).taken == [("nightly", {"datacenter": "fra"})]


@pytest.mark.django_db
def test_what_its_engine_gave_it_is_not_taken_for_an_end(declare, monkeypatch):
    """`return client.register(...)` is easily written."""
    monkeypatch.setattr(toys.Taking, "submit", lambda self, job, lease: {"id": "42"})
    assert trigger(declare(executor=TAKING)).outcome == "accepted"


@pytest.mark.parametrize("executor", [None, TAKING])
@pytest.mark.django_db
def test_a_trigger_loads_its_executor_once(declare, toy, api, monkeypatch, executor):
    toy(lambda command, **options: None)
    declare(executor=executor)
    loads, load = [], executors.load
    monkeypatch.setattr(executors, "load", lambda name: loads.append(name) or load(name))

    api("POST", "/api/jobs/nightly/run")

    assert loads == [executor or "inline"]


# -- checked ----------------------------------------------------------------------------------

WRONG = {
    "no such package": (GONE, "cannot be imported: ModuleNotFoundError: No module named 'acme'"),
    "no such name": ("tests.toys.executors.Nomad", 'does not define a "Nomad"'),
    "no module": (".Nomad", "cannot be imported"),
    "a module": ("tests.toys.executors", "is not an Executor"),
    "something else": ("os.getpid", "'os.getpid' is not an Executor"),
    "looks like one": ("tests.toys.executors.Unrelated", "is not an Executor"),
    "a constructor that raises": ("tests.toys.executors.Needy", "cannot be made: KeyError: 'NOMAD_ADDR'"),
    "no submit": ("tests.toys.executors.Idle", "has no submit()"),
    "the base class": ("jobs_api.executors.Executor", "has no submit()"),
    "a start_within of another kind": ("tests.toys.executors.Hasty", "has start_within='60'"),
    "no name of ours": ("celry", "the executor 'celry' does not exist"),
    "too long": ("a." * 101 + "B", "has 203 characters"),
    "the class itself": (toys.Taking, "is not a name"),
}


@pytest.mark.parametrize(("executor", "text"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_used_is_a_fault_with_its_remedy(executor, text):
    problem, hint = executors.fault(executor)

    assert text in problem
    assert len(hint) > 10
    assert "\n" not in problem + hint


@pytest.mark.parametrize("executor", ["inline", "celery", TAKING, "tests.toys.executors.taking"])
def test_what_can_be_used_is_none(executor):
    assert executors.fault(executor) is None


def test_a_module_that_raises_is_a_fault_of_one_line(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_executor.py").write_text("raise RuntimeError('first\\nsecond')")

    problem, _ = executors.fault("broken_executor.Nomad")

    assert problem.endswith("cannot be imported: RuntimeError: first")


def test_a_module_that_exits_is_a_fault_too_and_ends_no_process(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "leaving_executor.py").write_text("raise SystemExit('not today')")

    problem, _ = executors.fault("leaving_executor.Nomad")

    assert problem.endswith("cannot be imported: SystemExit: not today")


def test_a_constructor_that_exits_is_a_fault_too(monkeypatch):
    def leave(self):
        raise SystemExit(3)

    monkeypatch.setattr(toys.Taking, "__init__", leave)

    assert "cannot be made: SystemExit: 3" in executors._made("acme.Nomad", toys.Taking).problem


@pytest.mark.parametrize("executor", [GONE, "tests.toys.executors.Needy"])
def test_the_setting_is_checked(declare, settings, executor):
    settings.JOBS_API = {"EXECUTOR": executor, "EXECUTOR_OPTIONS": {executor: {}}}
    declare()
    told = [(message.id, message.msg.partition(":")[0]) for message in checked()]
    assert told == [("jobs_api.E035", f"JOBS_API['{key}']") for key in ("EXECUTOR", "EXECUTOR_OPTIONS")]


def test_options_that_it_does_not_know_are_an_error(declare):
    declare(executor=TAKING, executor_options={"region": "eu"})
    [message] = checked()
    assert (message.id, message.msg) == (
        "jobs_api.E043",
        f"{TAKING}: this executor has no option 'region'. Used by nightly.",
    )


def test_one_whose_own_check_raises_is_an_error_of_one_line(declare):
    declare(executor="tests.toys.executors.Rude")
    [message] = checked()
    assert message.id == "jobs_api.E043"
    assert "its faults() raised RuntimeError: nomad is away. Used by nightly." in message.msg


# -- gone -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_of_one_that_is_gone_is_not_taken_and_costs_no_try(declare, api, caplog):
    """It is on record with its reason, so health shows the job as failing; the log says what is missing."""
    job = declare(executor=GONE)

    result = trigger(job, now=None)

    assert api("GET", "/api/health/jobs").json()["failing"] == ["nightly"]
    run = JobRun.objects.get()
    assert (result.outcome, run.state, run.reason, run.tries) == (
        "submit_failed",
        State.FAILED,
        Reason.SUBMIT_FAILED,
        0,
    )
    assert run.error == f"The executor {GONE!r} cannot be used; manage.py check shows why."
    assert "No module named 'acme'" in caplog.text


@pytest.mark.django_db
def test_one_that_comes_back_is_used_by_the_next_trigger(declare, tmp_path, monkeypatch):
    job = declare(executor="late_executor.Nomad")
    assert trigger(job).outcome == "submit_failed"

    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "late_executor.py").write_text("from tests.toys.executors import Taking as Nomad")

    assert trigger(job).outcome == "accepted"
    assert JobAttempt.objects.get().reason == Reason.SUBMIT_FAILED


@pytest.mark.django_db
def test_one_that_is_gone_keeps_no_other_job_from_starting(declare):
    gone = known(declare("a", schedule=None, executor=GONE))
    other = known(declare("b", schedule=None, executor=TAKING))
    for job in (gone, other):
        stored_run(job, state=State.QUEUED, next_attempt_at=NOON, executor="")

    report = due.run_due(Trigger("run_due"), now=NOON)

    assert report.counts == {"submit_failed": 1, "accepted": 1}
    assert report.errors == 0
    assert due.start_waiting(GONE, now=NOON) == []


@pytest.mark.django_db
def test_it_is_told_of_a_cancel(declare):
    job = declare(executor=TAKING)
    trigger(job, now=None)
    registry.fill([])  # the run outlives its declaration

    assert cancel_run(run := JobRun.objects.get(), actor="ann", reason="") is True

    assert executors.load(TAKING).revoked == [run.pk]


@pytest.mark.parametrize("executor", [GONE, "tests.toys.executors.Rude", "tests.toys.executors.Needy", ""])
@pytest.mark.django_db
def test_a_cancel_stands_whatever_its_executor_makes_of_it(declare, executor):
    run = stored_run(declare(), state=State.QUEUED, executor=executor, next_attempt_at=NOON)

    assert cancel_run(run, actor="ann", reason="") is True

    assert JobRun.objects.get().state == State.CANCELLED


@pytest.mark.django_db
def test_one_that_is_gone_breaks_no_list_and_no_health(declare, api):
    job = declare(executor=GONE)
    run = stored_run(job, state=State.FAILED, reason=Reason.ERROR, executor=GONE)

    paths = ("jobs", "jobs/nightly", "jobs/nightly/runs", f"runs/{run.pk}", f"runs/{run.pk}/output")
    assert [api("GET", f"/api/{path}").status_code for path in paths] == [200] * len(paths)
    assert api("GET", "/api/health/jobs").status_code in (200, 503)
    assert api("GET", "/api/jobs/nightly").json()["executor"] == GONE


@pytest.mark.django_db
def test_a_path_of_two_hundred_characters_is_stored(declare):
    name = "a" * 99 + "." + "B" * 100
    trigger(declare(executor=name))
    assert JobRun.objects.get().executor == name
