"""What the database's words mean, in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from jobs_api.models import Reason
from jobs_api.monitoring import outlook
from jobs_api.monitoring.run_report import AttemptReport

Words = str | Promise

FAILURES: Mapping[str, Words] = {
    Reason.ERROR: gettext_lazy("Attempt %(number)s failed: error"),
    Reason.EXIT: gettext_lazy("Attempt %(number)s failed: exit status"),
    Reason.TIMEOUT: gettext_lazy("Attempt %(number)s failed: timeout"),
    Reason.LOST: gettext_lazy("Attempt %(number)s was lost"),
    Reason.INTERRUPTED: gettext_lazy("Attempt %(number)s was interrupted"),
    Reason.CANCELLED: gettext_lazy("Attempt %(number)s was cancelled"),
    Reason.SUBMIT_FAILED: gettext_lazy("Attempt %(number)s could not be handed to its executor"),
}
REASONS: Mapping[str, Words] = {
    Reason.ERROR: pgettext_lazy("reason", "error"),
    Reason.EXIT: pgettext_lazy("reason", "exit status"),
    Reason.TIMEOUT: pgettext_lazy("reason", "timeout"),
    Reason.LOST: pgettext_lazy("reason", "lost"),
    Reason.INTERRUPTED: pgettext_lazy("reason", "interrupted"),
    Reason.CANCELLED: pgettext_lazy("reason", "cancelled"),
    Reason.SUBMIT_FAILED: pgettext_lazy("reason", "not submitted"),
}
WHY: Mapping[str, Words] = {
    outlook.STARTS: gettext_lazy("the next trigger of this slot, or run-due, starts it"),
    outlook.UNDECLARED: gettext_lazy("its job is not declared any more, at least on this host"),
    outlook.CANCELLED: gettext_lazy("it was cancelled"),
    outlook.CANCEL_REQUESTED: gettext_lazy("a cancel was requested"),
    outlook.SKIPPED: gettext_lazy(
        "another slot of its job was running; a trigger that names this slot still starts it"
    ),
    outlook.USED_UP: gettext_lazy("its tries are used up"),
    outlook.TOO_OLD: gettext_lazy("it is older than the “expires” of its job"),
    outlook.BEYOND_RETENTION: gettext_lazy("it is older than the retention of runs"),
    outlook.CLOSED: gettext_lazy("it was closed before it began"),
    "its job is paused": gettext_lazy("its job is paused"),
}
ACTIONS: Mapping[str, Words] = {
    "trigger": gettext_lazy("Run by hand"),
    "rerun": gettext_lazy("Rerun"),
    "cancel": gettext_lazy("Cancel"),
    "backfill": gettext_lazy("Backfill"),
}
INCIDENTS: Mapping[str, Words] = {
    "failed": gettext_lazy("Failed"),
    "missed": gettext_lazy("Was not run"),
    "overdue": gettext_lazy("Runs for too long"),
    "late": gettext_lazy("Late"),
    "slow": gettext_lazy("Slower than usual"),
}


def failure(attempt: AttemptReport) -> str:
    """What became of an attempt that did not succeed, as a heading."""
    form = FAILURES.get(attempt.reason) or gettext_lazy("Attempt %(number)s failed")
    return str(form) % {"number": attempt.attempt}


def reason(attempt: AttemptReport) -> str:
    """Why, in a word or two."""
    return str(REASONS.get(attempt.reason, attempt.reason or attempt.state))


def by(attempt: AttemptReport) -> str:
    """Who or what has triggered an attempt, in a few words."""
    names = {"source": attempt.source, "actor": attempt.actor}
    return str(_form(attempt)) % names


_KINDS: Mapping[str, Words] = {
    "command": gettext_lazy("the command line"),
    "admin": gettext_lazy("the admin"),
    "dashboard": gettext_lazy("the dashboard"),
    "python": gettext_lazy("Python code"),
    "run_due": gettext_lazy("run-due"),
    "executor": gettext_lazy("a place that became free"),
    "backfill": gettext_lazy("a backfill"),
    "rerun": gettext_lazy("a rerun"),
    "http": gettext_lazy("a call without a name"),
}
_BY_SOMEBODY: Mapping[str, Words] = {
    "command": gettext_lazy("%(actor)s, on the command line"),
    "admin": gettext_lazy("%(actor)s, in the admin"),
    "dashboard": gettext_lazy("%(actor)s, in the dashboard"),
    "run_due": gettext_lazy("run-due, token %(actor)s"),
    "backfill": gettext_lazy("a backfill by %(actor)s"),
    "rerun": gettext_lazy("a rerun by %(actor)s"),
    "http": gettext_lazy("a call, token %(actor)s"),
}
_BY_A_SOURCE: Mapping[str, Words] = {
    "run_due": gettext_lazy("run-due by %(source)s"),
}
_BY_BOTH: Mapping[str, Words] = {
    "run_due": gettext_lazy("run-due by %(source)s, token %(actor)s"),
    "command": gettext_lazy("%(source)s, user %(actor)s"),
    "rerun": gettext_lazy("a rerun by %(actor)s, through %(source)s"),
    "backfill": gettext_lazy("a backfill by %(actor)s, through %(source)s"),
}


def _form(attempt: AttemptReport) -> Words:
    """The sentence for what is known."""
    kind = attempt.trigger
    if attempt.source and attempt.actor:
        return _BY_BOTH.get(kind) or gettext_lazy("%(source)s, token %(actor)s")
    if attempt.source:
        return _BY_A_SOURCE.get(kind) or "%(source)s"
    if attempt.actor:
        return _BY_SOMEBODY.get(kind) or "%(actor)s"
    return _KINDS.get(kind) or kind.replace("%", "%%") or gettext_lazy("unknown")
