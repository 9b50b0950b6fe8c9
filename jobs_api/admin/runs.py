"""Runs and their attempts, as every other page shows them: a run whose holder is silent is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from jobs_api import database, executors, registry
from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.filters import JobFilter, choice, within
from jobs_api.admin.forms import TriggerForm
from jobs_api.admin.orders import Order, Told
from jobs_api.admin.showing import as_json, fact, link, preformatted, table, with_zone
from jobs_api.exceptions import SENTENCES
from jobs_api.models import HELD, JobAttempt, JobRun, State
from jobs_api.monitoring.run_report import AttemptReport, RunReport, attempts, output
from jobs_api.runs import readers
from jobs_api.runs.output import rest
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.text.numbers import LARGEST_ID, whole
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.request import Result
from jobs_api.triggers.rerunning import rerun

SLOW = (
    "A server that ends slow requests ends them, too: manage.py jobs_run and jobs_rerun have no such limit."
)
INLINE = f"Inline jobs run in this request, one by one, and the page waits for them. {SLOW}"
MOST_ATTEMPTS = 100
"""So many attempts of a run are listed, the newest first."""

# -- orders -----------------------------------------------------------------------------------

WORDS = {
    "succeeded": (messages.SUCCESS, "Succeeded"),
    "accepted": (messages.SUCCESS, "Started, or queued for its executor"),
    "failed": (messages.ERROR, "The attempt failed"),
    "submit_failed": (messages.ERROR, "The executor could not take the attempt; it cost no try"),
}


def _told(result: Result) -> Told:
    outcome = str(result.outcome)
    level, text = WORDS.get(outcome, (messages.WARNING, SENTENCES.get(outcome, outcome).rstrip(".")))
    return Told(level, f"{text} ({outcome})")


def _rerun(run: JobRun, data: Mapping[str, Any], actor: str) -> Told:
    trigger = Trigger(RERUN, "", actor, data["reason"])
    return _told(rerun(run, registry.get(run.job_name), trigger, wait_own=0, after=run.attempt))


def _cancel(run: JobRun, data: Mapping[str, Any], actor: str) -> Told:
    ended = cancel_run(run, actor=actor, reason=data["reason"])
    return Told(messages.SUCCESS, "Cancelled" if ended else "Asked to stop: it stops at its next check()")


def _trigger(name: str, data: Mapping[str, Any], actor: str) -> Told:
    named = data["run_date"].strip() or None
    payload = Payload("admin", run_dates=(named,), actor=actor, reason=data["reason"], wait_own=0)
    return _told(dispatch(payload.request(registry.get(name))))


def _inline(runs: Sequence[JobRun]) -> str:
    """Which jobs run their command in this request: its page waits for them."""
    jobs = {run.job_name: registry.find(run.job_name) for run in runs}
    here = sorted(name for name, job in jobs.items() if job and executors.load(job.executor_name).in_request)
    if not here:
        return ""
    return (
        f"These jobs run in this request, one by one, and the page waits for them: {', '.join(here)}. {SLOW}"
    )


def _attempt(run: JobRun) -> int:
    return run.attempt


RERUN_ORDER = Order("rerun", "Run again", _rerun, mark=_attempt, notice=_inline, takes_time=True)
CANCEL_ORDER = Order("cancel", "Cancel", _cancel, mark=_attempt)
TRIGGER_ORDER = Order(
    "trigger",
    "Trigger jobs",
    _trigger,
    form=TriggerForm,
    of_rows=False,
    notice=lambda rows: INLINE,
    takes_time=True,
)

# -- what is shown ----------------------------------------------------------------------------


def _zone(run: JobRun) -> str:
    job = registry.find(run.job_name)
    return "" if job is None else job.slots.timezone


def _slot(run: JobRun) -> str:
    """The slot in the zone of its job."""
    return with_zone(RunReport.of(run).run_date, _zone(run) or "(its job is not declared here)")


def _newest(name: str, label: str = "") -> Any:
    return fact(label or name, lambda run: getattr(AttemptReport.of(run), name))


def _of_job(name: str, read: Any = str) -> Any:
    def shown(run: JobRun) -> Any:
        job = registry.find(run.job_name)
        return read(getattr(job, name)) if job is not None and getattr(job, name) else ""

    return fact(name, shown)


def took(attempt: AttemptReport) -> str:
    """How long it took."""
    if attempt.duration_ms is None:
        return ""
    return (
        f"{attempt.duration_ms} ms" if attempt.duration_ms < 1000 else f"{attempt.duration_ms / 1000:.1f} s"
    )


def _tries(run: JobRun) -> str:
    job = registry.find(run.job_name)
    return str(run.tries) if job is None else f"{run.tries} of {job.max_attempts}"


def _progress(run: JobRun) -> str:
    progress = AttemptReport.of(run).progress
    return "" if progress is None else " of ".join(str(each) for each in progress if each is not None)


ATTEMPTS = ("attempt", "state", "reason", "trigger", "source", "actor", "comment", "executor", "holder")
HEADINGS = (*ATTEMPTS, "started", "took", "error", "note", "output")


def _attempts(run: JobRun) -> str:
    found = attempts(run)[::-1][:MOST_ATTEMPTS]
    pks = dict(database.superseded(run).values_list("attempt", "pk")) if len(found) > 1 else {}
    return table(HEADINGS, (_line(each, pks.get(each.attempt)) for each in found))


def _line(attempt: AttemptReport, pk: int | None) -> list[Any]:
    written: Any = f"{attempt.output_bytes} bytes"
    if pk is not None:  # the newest attempt's stands below
        written = link(f"../../../jobattempt/{pk}/change/", written)
    columns = [getattr(attempt, name) for name in ATTEMPTS]
    return [*columns, attempt.started_at, took(attempt), attempt.error, attempt.note, written]


def _output(run: JobRun, attempt: int) -> str:
    parts = output(run, attempt)
    return "" if parts is None else preformatted(rest(parts, 0).decode("utf-8", "replace"))


def _in_state(state: str) -> Q:
    """In a state as readers see it, in words that lead each database to the index of those that are few."""
    if state in HELD:
        held = database.rows().filter(lease_expires_at__isnull=False)
        return readers.in_state(state) & Q(pk__in=held.values("pk"))
    return readers.in_state(state) & (Q() if state == State.SUCCEEDED else ~Q(state=State.SUCCEEDED))


class JobRunAdmin(ShowingAdmin):
    """Runs."""

    list_display = (
        fact("run", lambda run: run.pk),
        fact("job", lambda run: run.job_name),
        fact("slot", lambda run: run.run_date),
        fact("zone of the job", _zone),
        fact("state", lambda run: RunReport.of(run).outcome),
        _newest("attempt"),
        _newest("trigger"),
        _newest("actor"),
        _newest("started_at", "started"),
        fact("took", lambda run: took(AttemptReport.of(run))),
    )
    list_filter = (
        JobFilter,
        choice("state", State.values, _in_state),
        within("run_date", "slot within"),
    )
    search_fields = ("pk",)
    search_help_text = "A run's id, or a job's whole name"
    orders = (RERUN_ORDER, CANCEL_ORDER, TRIGGER_ORDER)
    groups: ClassVar = (
        (
            None,
            [
                fact("job", lambda run: run.job_name),
                fact("slot", lambda run: run.run_date),
                fact("slot in the zone of its job", _slot),
                fact("state", lambda run: RunReport.of(run).outcome),
                fact("tries", _tries),
                fact("may be tried again from", lambda run: RunReport.of(run).next_try_at),
                fact("ordered or claimed first", lambda run: run.created_at),
                fact("cancel requested", lambda run: run.cancel_requested_at),
                _of_job("owner"),
                _of_job("runbook", lambda address: link(address, address)),
                _of_job("tags", ", ".join),
            ],
        ),
        (
            "Newest attempt",
            [
                _newest("attempt", "number"),
                *map(_newest, ("trigger", "source", "actor", "comment", "note", "executor", "holder")),
                _newest("claimed_at", "claimed"),
                _newest("started_at", "started"),
                _newest("finished_at", "finished"),
                fact("took", lambda run: took(AttemptReport.of(run))),
                fact("progress", _progress),
                _newest("error"),
            ],
        ),
        ("Options", [fact("options", lambda run: as_json(run.options))]),
        ("Attempts", [fact("attempts", _attempts)]),
        ("Output of the newest attempt", [fact("output", lambda run: _output(run, run.attempt))]),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        """As readers see them, without their output."""
        return readers.shown(database.rows(), None)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first: of a job by its slots, as its index is; of all jobs by their ids."""
        return ("job_name", "-run_date") if self._is_of_a_job(request.GET) else ("-pk",)

    def _is_of_a_job(self, wanted: Mapping[str, str]) -> bool:
        return "job" in wanted or bool(wanted.get(SEARCH_VAR))

    def has_index(self, wanted: Mapping[str, str]) -> bool:
        """A job has one, and so do the runs that are held."""
        return self._is_of_a_job(wanted) or (wanted.get("state") in HELD and "slot_within" not in wanted)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id or by the name of a job: both have an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "\x00" in term:  # no database has it, and PostgreSQL refuses to look
            return queryset.none(), False
        number = None if registry.find(term) else whole(term, LARGEST_ID)
        return queryset.filter(Q(job_name=term) if number is None else Q(pk=number)), False


class JobAttemptAdmin(ShowingAdmin):
    """An earlier attempt with its output, reached from its run; it has no list of its own in the index."""

    list_display = (
        fact("attempt", lambda attempt: str(attempt)),
        fact("state", lambda attempt: attempt.state),
    )
    list_filter = ()
    groups: ClassVar = (
        (
            None,
            [
                fact(
                    "run",
                    lambda attempt: link(
                        f"../../../jobrun/{attempt.run_id}/change/", f"run {attempt.run_id}"
                    ),
                ),
                *(_newest(name) for name in (*ATTEMPTS, "claimed_at", "started_at", "finished_at")),
                _newest("error"),
                _newest("note"),
            ],
        ),
        (
            "Output",
            [fact("output", lambda attempt: _output(JobRun(pk=attempt.run_id), attempt.attempt))],
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobAttempt]:
        """Without their output."""
        return super().get_queryset(request).defer("output_head", "output_tail")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It is not in the index."""
        return False

    def may_view(self, request: HttpRequest) -> bool:
        """Whoever may see runs may see all their attempts."""
        return request.user.has_perm("jobs_api.view_jobrun") or super().may_view(request)
