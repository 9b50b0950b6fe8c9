"""The state machine as one table: which states each transition leaves, and for which other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs_api import Job, runs
from jobs_api.clock import Moment
from jobs_api.exceptions import InFlight, LeaseLost, LostRace
from jobs_api.models import HELD, JobAttempt, JobRun, Reason, State
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, lease_of, read, row

pytestmark = pytest.mark.django_db

Act = Callable[[Job, JobRun], Any]
END = later(days=1)
"""Long after the leases of all runs here."""


def progress(job: Job, run: JobRun) -> int:
    return runs.record_progress(lease_of(run), progress=(1, 2), output=(b"", b"", 0))


LEAVES: dict[str, tuple[Act, dict[State, State]]] = {
    "claim": (
        lambda job, run: claim(job, run, begin=False),
        dict.fromkeys((State.QUEUED, State.SKIPPED, State.FAILED), State.CLAIMED),
    ),
    "claim and begin": (
        claim,
        dict.fromkeys((State.QUEUED, State.SKIPPED, State.FAILED), State.RUNNING),
    ),
    "rerun": (
        lambda job, run: claim(job, run, rerun=True),
        {state: State.RUNNING for state in State if state not in HELD},
    ),
    "begin": (
        lambda job, run: runs.begin(lease_of(run), moment=Moment.fixed(NOON)) or True,
        {State.CLAIMED: State.RUNNING},
    ),
    "park": (
        lambda job, run: runs.park(lease_of(run), moment=Moment.fixed(NOON)) or True,
        {State.CLAIMED: State.QUEUED},
    ),
    "abandon": (
        lambda job, run: runs.abandon(lease_of(run), "It would not start.", moment=Moment.fixed(NOON)),
        {State.CLAIMED: State.FAILED},
    ),
    "expire": (lambda job, run: runs.expire(run, at=NOON), {State.QUEUED: State.FAILED}),
    "renew": (lambda job, run: runs.renew([lease_of(run)], now=NOON), {State.RUNNING: State.RUNNING}),
    "record progress": (progress, {state: state for state in HELD}),
    "finish": (
        lambda job, run: finish(lease_of(run), job),
        dict.fromkeys(HELD, State.SUCCEEDED),
    ),
    "fail": (
        lambda job, run: finish(lease_of(run), job, reason=Reason.ERROR),
        dict.fromkeys(HELD, State.FAILED),
    ),
    "reap": (lambda job, run: runs.reap(moment=Moment.fixed(END)), dict.fromkeys(HELD, State.FAILED)),
    "cancel": (
        lambda job, run: [runs.cancel(run, actor="ann", at=NOON)],
        {
            State.QUEUED: State.CANCELLED,
            State.CLAIMED: State.CANCELLED,
            State.RUNNING: State.RUNNING,  # its holder is asked
        },
    ),
}
OF_A_LEASE = ("begin", "park", "abandon", "renew", "record progress", "finish", "fail")


def refused(act: Act, job: Job, run: JobRun) -> bool:
    """Whether the transition says that it has done nothing."""
    try:
        return not act(job, run)
    except (LostRace, LeaseLost, InFlight):
        return True


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("transition", LEAVES)
def test_a_transition_leaves_these_states_and_no_other(declare, transition, state):
    """Pain 6: no check-then-act; the UPDATE itself names the states that it may leave."""
    act, leaves = LEAVES[transition]
    job = declare(overlap="allow")
    run = stored_run(job, state=state, tries=1)
    before = row(job)

    if state in leaves:
        assert not refused(act, job, run)
        assert read(job).state == leaves[state]
    else:
        assert refused(act, job, run)
        assert row(job) == before
        assert not JobAttempt.objects.exists()


@pytest.mark.parametrize("transition", OF_A_LEASE)
def test_a_lease_does_nothing_to_another_attempt(declare, transition):
    """Pain 4: a message or a messenger that comes late speaks of its own attempt only."""
    act, leaves = LEAVES[transition]
    job = declare()
    for state in leaves:
        JobRun.objects.all().delete()
        run = stored_run(job, state=state, attempt=2)
        before = row(job)
        run.attempt = 1

        assert refused(act, job, run)

        assert row(job) == before
