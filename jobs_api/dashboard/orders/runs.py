"""Many runs that somebody has chosen: by their ids, or by the filter of a list."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from jobs_api import database, executors, registry
from jobs_api.clock import Moment
from jobs_api.dashboard.orders import told
from jobs_api.dashboard.orders.many import MOST
from jobs_api.dashboard.orders.told import Told
from jobs_api.models import IN_FLIGHT, JobRun, Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.text.numbers import LARGEST_ID, LONGEST, whole
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.outcomes import may_wait, wait_for_change
from jobs_api.triggers.rerunning import rerun

FEW_JOBS = 4
LOOKS_BACK = timedelta(days=31)
BUSY = _("Not begun: the runs before it have not ended, and the job runs one slot at a time. Order it again.")
READ = ("job_name", "run_date", "state", "reason", "attempt", "executor")


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """Runs as they are now."""

    fit: list[JobRun]
    """Those that the order can be about, the oldest slot first."""
    unfit: int
    """How many are in a state that the order does not fit."""
    gone: int
    """How many are no more."""

    @property
    def marks(self) -> str:
        """Each with its attempt: what has changed when the order comes is left alone."""
        return " ".join(f"{run.pk}.{run.attempt}" for run in self.fit)

    @property
    def jobs(self) -> list[tuple[str, int]]:
        """How many there are of each job, the most first; jobs of which there are few together, under ""."""
        counted = Counter(run.job_name for run in self.fit).most_common()
        if len(counted) <= FEW_JOBS:
            return counted
        rest = counted[FEW_JOBS - 1 :]
        return [*counted[: FEW_JOBS - 1], ("", sum(each[1] for each in rest))]

    @property
    def other_jobs(self) -> int:
        """How many jobs stand together in the last line of `jobs`."""
        return max(len({run.job_name for run in self.fit}) - FEW_JOBS + 1, 0)

    @property
    def inline(self) -> list[str]:
        """The jobs of these runs that run their command within the request."""
        jobs = {run.job_name: registry.find(run.job_name) for run in self.fit}
        here = (name for name, job in jobs.items() if job and executors.load(job.executor_name).in_request)
        return sorted(here)

    @property
    def one_at_a_time(self) -> list[str]:
        """The jobs in the background of which several runs are meant that may not run at once."""
        counted = Counter(run.job_name for run in self.fit)
        jobs = (registry.find(name) for name, number in counted.items() if number > 1)
        return sorted(job.name for job in jobs if job and job.exclusive and job.name not in self.inline)

    @property
    def states(self) -> set[str]:
        """Their states, "lost" being one."""
        return {_state(run) for run in self.fit}


def chosen(pks: Iterable[int], action: str) -> Chosen:
    """Look at these runs: one statement; none for no runs."""
    wanted = list(dict.fromkeys(pks))[:MOST]
    rows = database.rows().filter(pk__in=wanted) if wanted else database.rows().none()
    found = sorted(readers.by_clock(rows.only(*READ), None), key=lambda run: (run.run_date, run.pk))
    fit = [run for run in found if fits(run, action)]
    return Chosen(fit, len(found) - len(fit), len(wanted) - len(found))


def fits(run: JobRun, action: str) -> bool:
    """Whether a run has ended, or has not, as the order needs it; its job must be declared to run again."""
    in_flight = readers.state_of(run)[0] in IN_FLIGHT
    return in_flight if action == "cancel" else not in_flight and registry.find(run.job_name) is not None


def _state(run: JobRun) -> str:
    state, reason = readers.state_of(run)
    return "lost" if reason == Reason.LOST else str(state)


def numbers(texts: Iterable[str]) -> list[int]:
    """Ids as an address has them; what is none is left out."""
    found = (whole(text, LARGEST_ID) for text in texts)
    return [number for number in found if number is not None]


def marks(text: str) -> dict[int, int]:
    """What `Chosen.marks` has written."""
    pairs = (part.partition(".")[::2] for part in text.split(" ", MOST)[:MOST])
    read = ((whole(pk, LARGEST_ID), whole(attempt, LONGEST)) for pk, attempt in pairs)
    return {pk: attempt for pk, attempt in read if pk is not None and attempt is not None}


def unchanged(found: Sequence[JobRun], marked: Mapping[int, int]) -> list[JobRun]:
    """Those that are as they were when they were marked."""
    return [run for run in found if marked.get(run.pk) == run.attempt]


def in_turns(found: Sequence[JobRun]) -> list[JobRun]:
    """The first of each job, then the second of each: what runs one slot at a time waits least."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, JobRun]] = []
    for run in found:
        turns.append((seen[run.job_name], run))
        seen[run.job_name] += 1
    return [run for _turn, run in sorted(turns, key=lambda each: each[0])]


class Acting:
    """Carries out one order for one run after the other.

    Args:
        ends: until when it may wait for room, by the monotonic clock.
    """

    def __init__(self, action: str, actor: str, reason: str, *, ends: float) -> None:
        self._action, self._by, self._ends = action, (actor, reason), ends
        self._begun: set[str] = set()

    def __call__(self, run: JobRun) -> Told:
        """Run it again, or cancel it.

        Raises:
            Problem: its state does not allow it.
        """
        actor, reason = self._by
        if self._action == "cancel":
            return told.of_cancel(cancel_run(run, actor=actor, reason=reason))
        job = registry.get(run.job_name)
        if job.exclusive and job.name in self._begun and not _has_room(job, self._ends):
            return Told.warning(str(BUSY))
        trigger = Trigger(RERUN, "", actor, reason)
        said = told.of_result(rerun(run, job, trigger, wait_own=0, after=run.attempt))
        self._begun |= {job.name} if said.done else set()
        return said


def _has_room(job: Job, ends: float) -> bool:
    """Wait until no attempt holds a job that runs one slot at a time: those before were ordered here."""
    while True:
        moment = Moment(database.now())
        held = database.rows().filter(held_job=job.name).only("state", "attempt").first()
        if held is None:
            return True
        if not may_wait(ends) or not wait_for_change(held, ends, moment):
            return False


def failed_since_success(names: Sequence[str], at: datetime) -> list[int]:
    """The runs of these jobs that failed after the last success of their job: one statement.

    Those of the last `LOOKS_BACK` only: without a bound, one would read all that ever failed.
    """
    of_job = database.rows().filter(job_name=OuterRef("job_name"), state=State.SUCCEEDED)
    last = of_job.order_by("-run_date").values("run_date")[:1]
    few = ~Q(state=State.SUCCEEDED) & readers.in_state(State.FAILED)
    rows = database.rows().filter(few, job_name__in=names, run_date__gt=at - LOOKS_BACK)
    since = Q(succeeded=None) | Q(run_date__gt=F("succeeded"))
    found = rows.annotate(succeeded=Subquery(last)).filter(since).order_by("-run_date")
    return list(found.values_list("pk", flat=True)[: MOST + 1])


def slot_of(run: JobRun) -> datetime:
    """In the zone of its job."""
    job = registry.find(run.job_name)
    return run.run_date if job is None else run.run_date.astimezone(job.slots.zone)
