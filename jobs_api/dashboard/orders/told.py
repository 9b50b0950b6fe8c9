"""What came of an order, in words: the outcomes of a trigger, and whatever was refused."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard import sentences
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import InternalError, Superseded
from jobs_api.text import loggers
from jobs_api.triggers.request import Result

logger = loggers.logger(__name__)
CHANGED = gettext_lazy("Not done: it has changed since it was shown. Look at it again.")


class Told(NamedTuple):
    """What came of an order for one run or job."""

    level: int
    """Of Django's messages."""
    text: str
    done: bool = True
    """Whether anything was begun or changed."""

    @classmethod
    def success(cls, text: str) -> Told:
        """It is done."""
        return cls(messages.SUCCESS, text)

    @classmethod
    def warning(cls, text: str) -> Told:
        """Nothing was changed."""
        return cls(messages.WARNING, text, False)


OUTCOMES: dict[str, tuple[int, str | Promise]] = {
    "succeeded": (messages.SUCCESS, gettext_lazy("It has succeeded.")),
    "accepted": (messages.SUCCESS, gettext_lazy("It has started, or waits for its executor.")),
    "failed": (messages.ERROR, gettext_lazy("The attempt failed.")),
    "submit_failed": (
        messages.ERROR,
        gettext_lazy("The executor could not take the attempt. It cost no try."),
    ),
    "paused": (messages.WARNING, gettext_lazy("The job is paused. Resume it first.")),
    "already_succeeded": (
        messages.WARNING,
        gettext_lazy("The slot has succeeded. Rerun it to run it again."),
    ),
    "already_running": (messages.WARNING, gettext_lazy("Another attempt holds the slot.")),
    "cancelled": (messages.WARNING, gettext_lazy("The slot was cancelled. Rerun it to run it.")),
    "attempts_exhausted": (
        messages.WARNING,
        gettext_lazy("The slot has used up its tries. Fix the cause, then rerun it."),
    ),
    "expired": (messages.WARNING, gettext_lazy("The slot is too old. Choose a newer one.")),
    "retry_later": (messages.WARNING, gettext_lazy("The slot failed, and its back-off is not over yet.")),
    "overlap_skipped": (
        messages.WARNING,
        gettext_lazy("Another slot of this job is running, and the job does not allow overlap."),
    ),
}
"""The words of each outcome that an operator may get."""
BEGUN = ("succeeded", "failed", "accepted", "submit_failed")


def of_result(result: Result) -> Told:
    """What the answer to a trigger means."""
    outcome = str(result.outcome)
    level, text = OUTCOMES.get(outcome, (messages.WARNING, outcome))
    words = _("%(sentence)s (%(outcome)s)") % {"sentence": text, "outcome": outcome}
    return Told(level, words, outcome in BEGUN)


def of_cancel(ended: bool) -> Told:
    """Whether a run was cancelled, or asked to stop."""
    if ended:
        return Told.success(_("The run is cancelled."))
    return Told.success(_("The run is asked to stop: it stops at its next check()."))


def of_error(error: Exception, about: str) -> Told:
    """What an exception means to whoever gave the order; a bug is logged.

    Args:
        about: for the log.
    """
    if isinstance(error, Superseded):
        return Told.warning(str(CHANGED))
    problem = problem_of(error)
    if isinstance(problem, InternalError):
        logger.error("Internal error: an order of the dashboard, %s.", about, exc_info=error)
        return Told(messages.ERROR, _("An error happened on the server. Its log has it."), False)
    level = messages.WARNING if problem.status < 500 else messages.ERROR
    return Told(level, sentences.refusal(problem), False)
