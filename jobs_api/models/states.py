"""The states of a run, and the reasons why an attempt did not succeed."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """The state of a run; `runs.state_machine` shows the transitions."""

    QUEUED = "queued"  # ordered, not claimed yet
    CLAIMED = "claimed"  # held by an attempt that has not begun
    RUNNING = "running"  # its command runs
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # its newest attempt failed; `reason` tells how
    CANCELLED = "cancelled"  # an operator cancelled it
    SKIPPED = "skipped"  # another slot of the job was running


HELD = (State.CLAIMED, State.RUNNING)
IN_FLIGHT = (State.QUEUED, *HELD)
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED)


class Reason(models.TextChoices):
    """Why an attempt did not succeed (contract, part 7)."""

    ERROR = "error"  # the command raised
    EXIT = "exit"  # the command called sys.exit with a status other than 0
    TIMEOUT = "timeout"  # it took longer than the job's timeout
    LOST = "lost"  # its holder was silent and the lease expired
    INTERRUPTED = "interrupted"  # its process was stopped
    CANCELLED = "cancelled"  # an operator requested it
    SUBMIT_FAILED = "submit_failed"  # the executor could not take it


COUNTED = (Reason.ERROR, Reason.EXIT, Reason.TIMEOUT)
"""These cost a try and are followed by back-off; a loss costs a try only if the command had begun."""
