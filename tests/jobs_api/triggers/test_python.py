"""`trigger()` and `run_due()` from Python: typed results; exceptions for wrong input only."""

from __future__ import annotations

import logging
import pickle
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from django.utils import timezone
from pydantic import BaseModel

from jobs_api import BadInput, TriggerResult, executors, run_due, trigger
from jobs_api.api.responses import OUTCOMES
from jobs_api.database import not_migrated
from jobs_api.exceptions import SubmitFailed, WrongUse
from jobs_api.models import JobRun, State
from jobs_api.monitoring import trigger_counts
from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault
from jobs_api.runs import job_state
from jobs_api.triggers import python
from tests.conftest import stored_run
from tests.jobs_api.execution.attempts import raising
from tests.jobs_api.management.calling import now_slot

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timezone.now().date() - timedelta(days=3)
LONG_AGO = timezone.now() - timedelta(days=300)


class Params(BaseModel):
    say: str = "nothing"


@pytest.fixture(autouse=True)
def _runs(toy):
    toy(lambda command, **options: None)


# -- what it returns --------------------------------------------------------------------------


def test_the_result_tells_the_outcome_the_slot_in_the_jobs_zone_and_the_run(declare):
    job = declare(timezone="Europe/Berlin")
    result = trigger("nightly", source="beat", reason="to see")
    run = JobRun.objects.get()
    assert (result.outcome, result.ok, result.job) == ("succeeded", True, "nightly")
    assert (result.run_date, result.run_date.tzinfo) == (now_slot(job), BERLIN)
    assert (result.run.id, result.run.state, result.run.attempt) == (run.pk, State.SUCCEEDED, 1)
    assert result.run.duration_ms >= 0
    assert (result.retry_after, result.detail) == (None, "")
    assert (run.trigger, run.source, run.comment) == ("python", "beat", "to see")


def test_a_refusal_says_why(declare):
    declare()
    trigger("nightly")
    again = trigger("nightly")
    assert (again.outcome, again.ok) == ("already_succeeded", True)
    assert again.detail.startswith("The slot has succeeded.")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_it_is_ok_where_http_answers_below_400(outcome):
    assert TriggerResult(outcome, "nightly").ok is (OUTCOMES[outcome] < 400)


def test_a_result_can_be_sent_to_another_process(declare):
    declare()
    result = trigger("nightly")
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301


@pytest.mark.parametrize(
    ("error", "reason"), [(ValueError("no"), "error"), (SystemExit(3), "exit"), (SystemExit("no"), "exit")]
)
def test_a_command_that_fails_or_exits_is_an_outcome(declare, toy, error, reason):
    """Pain 18: neither an exception nor the end of the process that triggered it."""
    toy(raising(error))
    declare()
    result = trigger("nightly")
    assert (result.outcome, result.ok, result.run.reason) == ("failed", False, reason)
    assert result.detail == f"The attempt failed. `manage.py jobs_show {result.run.id}` shows its output."


def test_a_command_that_exits_with_0_has_succeeded(declare, toy):
    toy(raising(SystemExit(0)))
    declare()
    assert trigger("nightly").outcome == "succeeded"


# -- what it takes ----------------------------------------------------------------------------

SLOT = datetime(DAY.year, DAY.month, DAY.day, 3, tzinfo=ZoneInfo("UTC"))
SAME_SLOT = {
    "a date": DAY,
    "text of a date": str(DAY),
    "text": f"{DAY}T03:00:00Z",
    "aware": SLOT,
    "another zone": SLOT.astimezone(ZoneInfo("Asia/Kathmandu")),
}


@pytest.mark.parametrize("given", SAME_SLOT.values(), ids=SAME_SLOT)
def test_a_slot_is_named_by_a_datetime_a_date_or_text(declare, given):
    declare()
    assert trigger("nightly", run_date=given).run_date == SLOT


@pytest.mark.parametrize("given", [SLOT + timedelta(hours=2), f"{DAY}T05:00:00+00:00"])
def test_a_scheduled_time_takes_the_place_of_now(declare, given):
    declare()
    assert trigger("nightly", scheduled_at=given).run_date == SLOT
    assert JobRun.objects.get().note.startswith(f"scheduled for {DAY}T05:00")


@pytest.mark.parametrize("given", [timezone.now() + timedelta(days=9), "soon", "2026-11-20T03:00:00"])
def test_a_scheduled_time_that_cannot_be_used_is_noted(declare, given):
    job = declare()
    assert trigger("nightly", scheduled_at=given).run_date == now_slot(job)
    assert JobRun.objects.get().note.startswith("ignored the scheduled time ")


@pytest.mark.parametrize("most", [3600, timedelta(hours=1)])
def test_a_slot_older_than_max_late_is_expired_and_stays_due(declare, most):
    declare()
    result = trigger("nightly", run_date=DAY, max_late=most)
    assert (result.outcome, result.ok, result.run) == ("expired", True, None)
    assert trigger("nightly", run_date=DAY).outcome == "succeeded"


def test_options_may_be_values_of_python(declare, toy):
    class Since(BaseModel):
        say: date

    seen = []
    toy(lambda command, **options: seen.append(options["say"]))
    declare(params=Since)
    trigger("nightly", options={"say": date(2026, 1, 2)})
    assert seen == [date(2026, 1, 2)]
    assert JobRun.objects.get().options == {"say": "2026-01-02"}


class Circle(dict):
    """Options that hold themselves."""

    def __init__(self):
        super().__init__(say=self)


LAST = datetime.max.replace(tzinfo=ZoneInfo("Etc/GMT+12"))
NAIVE = datetime(2026, 11, 20, 3)  # noqa: DTZ001 - on purpose
WRONG = {
    # what is sent, what the error names
    "no such job": ({"name": "nigthly"}, "There are: nightly."),
    "a name that is not text": ({"name": ["nightly"]}, "`name`"),
    "a naive slot": ({"run_date": NAIVE}, "The job's zone is Europe/Berlin"),
    "a naive scheduled time": ({"scheduled_at": NAIVE}, "The job's zone is Europe/Berlin"),
    "a slot that is none": ({"run_date": SLOT + timedelta(seconds=1)}, "nearest"),
    "a slot ahead": ({"run_date": timezone.now() + timedelta(days=900)}, "`run_date`"),
    "a slot at the end of time": ({"run_date": LAST}, "`run_date`"),
    "a slot as a number": ({"run_date": 1700000000}, "`run_date`"),
    "a slot as bytes": ({"run_date": b"2026-11-20"}, "`run_date`"),
    "a scheduled number": ({"scheduled_at": 1700000000}, "`scheduled_at`"),
    "a scheduled date": ({"scheduled_at": DAY}, "`scheduled_at`"),
    "a negative max_late": ({"max_late": -1}, "`max_late`"),
    "a negative timedelta": ({"max_late": timedelta(seconds=-1)}, "`max_late`"),
    "max_late as text": ({"max_late": "60"}, "`max_late`"),
    "max_late as a flag": ({"max_late": True}, "`max_late`"),
    "not a number": ({"wait": float("nan")}, "`wait`"),
    "an endless wait": ({"wait": float("inf")}, "`wait`"),
    "a wait of None": ({"wait": None}, "`wait`"),
    "a list of options": ({"options": ["say"]}, "`options`"),
    "options with numbers for names": ({"options": {1: "x"}}, "`options`"),
    "an unknown option": ({"options": {"sya": "x"}}, "`sya`"),
    "a wrong option": ({"options": {"say": 5}}, "`options.say`"),
    "an option that no database stores": ({"options": {"say": "\x00"}}, "U+0000"),
    "half a character in an option": ({"options": {"say": "\ud800"}}, "`options"),
    "options that hold themselves": ({"options": Circle()}, "`options"),
    "force as text": ({"force": "no"}, "`force`"),
    "force as a number": ({"force": 1}, "`force`"),
    "a source that is not text": ({"source": 5}, "`source`"),
    "a source that no database stores": ({"source": "a\x00"}, "`source`"),
    "a reason that is too long": ({"reason": "x" * 1001}, "`reason`"),
    "half a character in a reason": ({"reason": "\udcff"}, "`reason`"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_raises_and_starts_nothing(declare, case):
    sent, named = WRONG[case]
    declare(params=Params, timezone="Europe/Berlin")
    with pytest.raises(BadInput) as raised:
        trigger(**{"name": "nightly", **sent})
    assert named in str(raised.value)
    assert not JobRun.objects.exists()


def test_a_job_that_takes_no_options_says_so(declare):
    declare()
    with pytest.raises(BadInput, match="accepts none"):
        trigger("nightly", options={"say": Decimal(1)})


def test_a_job_whose_declaration_has_errors_is_not_merely_unknown(declare, monkeypatch):
    declare()
    monkeypatch.setattr(discovery, "faults", [Fault("jobs_api.E010", "Job 'other': no.", "Yes.")])
    with pytest.raises(BadInput, match="check"):
        trigger("other")
    assert trigger("nightly").outcome == "succeeded"


def test_a_long_source_is_cut_as_over_http(declare):
    declare()
    trigger("nightly", source="x" * 150)
    assert JobRun.objects.get().source == "x" * 100


def test_states_and_reasons_are_plain_text_on_a_first_call_and_a_repeat(declare, toy):
    declare()
    declare("fails", schedule="@daily")
    first, again = trigger("nightly"), trigger("nightly")
    toy(raising(ValueError))
    failed, later = trigger("fails"), trigger("fails")
    for result in (first, again, failed, later):
        shown = (result.outcome, result.run.state, result.run.reason)
        assert [type(text) for text in shown] == [str, str, str]
    assert later.outcome == "retry_later"


# -- what is nobody's input -------------------------------------------------------------------


@pytest.fixture
def breaking(monkeypatch):
    """``breaking(error)``: from now on each trigger meets it."""

    def break_with(error):
        def dispatch(request):
            raise error

        monkeypatch.setattr(python, "dispatch", dispatch)
        monkeypatch.setattr(python.due, "run_due", lambda sent, seconds: dispatch(sent))

    return break_with


AWAY = {
    "away": (OperationalError("the server closed the connection"), "unavailable", 5),
    "not migrated": (OperationalError("no such table: jobs_api_jobrun"), "unavailable", 5),
    "a bug": (KeyError("oops"), "internal_error", None),
}


@pytest.mark.parametrize("call", [lambda: trigger("nightly"), run_due], ids=["trigger", "run_due"])
@pytest.mark.parametrize("case", AWAY)
def test_a_database_that_is_away_and_a_bug_are_results_and_logged_once(declare, breaking, caplog, case, call):
    error, outcome, retry_after = AWAY[case]
    declare()
    breaking(error)
    with caplog.at_level(logging.INFO, "jobs_api"):
        result = call()
    assert (result.outcome, result.ok, result.retry_after) == (outcome, False, retry_after)
    assert [record.exc_info[1] for record in caplog.records] == [error]
    assert "oops" not in result.detail
    assert (result.detail == not_migrated()) is (case == "not migrated")


def test_an_executor_that_takes_nothing_is_an_outcome_that_says_to_call_again(declare, monkeypatch):
    class Closed(executors.Executor):
        def submit(self, job, lease):
            raise SubmitFailed("the broker is away")

    monkeypatch.setattr(executors, "load", lambda name: Closed())
    declare()
    result = trigger("nightly")
    assert (result.outcome, result.ok) == ("submit_failed", False)
    assert result.detail == "The executor could not take the attempt; it cost no try. Call again."


def test_an_executor_that_breaks_is_logged_and_leaves_no_claim_behind(declare, monkeypatch):
    def submit(job, lease):
        raise RuntimeError("a bug in it")

    host = executors.Executor()
    host.submit = submit
    monkeypatch.setattr(executors, "load", lambda name: host)
    declare()
    assert trigger("nightly").outcome == "internal_error"
    assert JobRun.objects.get().reason == "submit_failed"


# -- run-due ----------------------------------------------------------------------------------


@pytest.fixture
def due(declare):
    """``due("a")`` is a job with a slot that nobody called for."""

    def job(name, **fields):
        job = declare(name, catch_up_window=400 * 86400, **fields)
        job_state.know(job, at=LONG_AGO)
        return job

    return job


def test_run_due_starts_what_is_due_and_tells_of_each(due):
    due("a")
    done = due("b")
    stored_run(done, now_slot(done))
    report = run_due(source="beat")
    assert (report.outcome, report.ok, report.remaining, report.counts) == ("done", True, 0, {"succeeded": 1})
    assert [(result.job, result.run.state) for result in report.results] == [("a", "succeeded")]
    run = JobRun.objects.get(job_name="a")
    assert (run.trigger, run.source) == ("run_due", "beat")
    assert run_due().results == ()


def test_run_due_says_that_a_job_failed(due, toy):
    toy(raising(SystemExit(1)))
    due("a")
    report = run_due()
    assert (report.outcome, report.ok, report.counts) == ("failed", False, {"failed": 1})


@pytest.mark.parametrize("seconds", [1e-9, timedelta(microseconds=1)])
def test_run_due_says_what_remains(due, seconds):
    due("a")
    report = run_due(seconds=seconds)
    assert (report.outcome, report.ok, report.remaining, report.retry_after) == ("remaining", True, 1, 10)
    assert run_due(seconds=0).counts == {"succeeded": 1}


@pytest.mark.parametrize("sent", [{"source": 5}, {"source": "\x00"}, {"seconds": -1}, {"seconds": "5"}])
def test_run_due_refuses_wrong_input(due, sent):
    due("a")
    with pytest.raises(BadInput, match=f"`{next(iter(sent))}`"):
        run_due(**sent)
    assert not JobRun.objects.exists()


def test_run_due_leaves_no_job_out_in_silence(due, monkeypatch):
    due("a")
    monkeypatch.setattr(discovery, "faults", [Fault("jobs_api.E010", "Job 'other': no.", "Yes.")])
    with pytest.raises(WrongUse, match="Job 'other'"):
        run_due()
    assert not JobRun.objects.exists()


def test_a_repeat_is_counted_with_its_source(declare):
    declare()
    trigger("nightly", source="beat")
    trigger("nightly", source="beat")
    [(counted, number)] = trigger_counts._counts.items()
    assert (counted[0], counted[2:], number) == ("nightly", ("beat", "already_succeeded"), 1)


# -- what it costs ----------------------------------------------------------------------------


def test_a_repeat_costs_one_statement(declare, django_assert_num_queries):
    declare()
    trigger("nightly")
    with django_assert_num_queries(1) as queries:
        assert trigger("nightly").outcome == "already_succeeded"
    assert queries[0]["sql"].lstrip().startswith("SELECT")
