"""Every way in which jobs_api refuses a request: one class each, and its docstring is the message.

`Refusal` is an outcome of a trigger (contract, part 5): there is no error, but nothing was started.
`Problem` is a request that cannot be served. `RunStopped` tells a command to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs_api.models import JobRun
    from jobs_api.runs.types import PauseSummary


class JobsApiError(Exception):
    """jobs_api could not do what was requested."""

    def __init__(self, detail: str = "", **context: Any) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.context = context
        super().__init__(self.detail)


class WrongUse(JobsApiError, RuntimeError):
    """A function of jobs_api was called where it cannot keep its guarantee; nothing was started."""


# -- outcomes ---------------------------------------------------------------------------------


class Refusal(JobsApiError):
    """The trigger started nothing."""

    outcome = ""

    def __init__(self, run: JobRun | None = None, *, retry_after: int | None = None) -> None:
        super().__init__()
        self.run = run
        self.retry_after = retry_after


class Paused(Refusal):
    """The job is paused. Resume it, then its triggers start runs again."""

    outcome = "paused"

    def __init__(self, run: JobRun | None, pause: PauseSummary) -> None:
        super().__init__(run)
        self.pause = pause


class AlreadySucceeded(Refusal):
    """The slot has succeeded. A rerun, or force=true, runs it again."""

    outcome = "already_succeeded"


class AlreadyRunning(Refusal):
    """Another attempt holds the slot."""

    outcome = "already_running"


class SlotCancelled(Refusal):
    """An operator cancelled the slot. A rerun, or force=true, still runs it."""

    outcome = "cancelled"


class AttemptsExhausted(Refusal):
    """The slot has used up its tries. Fix the cause, then rerun it."""

    outcome = "attempts_exhausted"


class Expired(Refusal):
    """The slot is older than the retention of runs, the caller's `max_late` or the job's `expires`. A rerun
    and force ignore `expires`. Trigger a newer slot."""

    outcome = "expired"


class Late(Expired):
    """The slot is older than the caller's `max_late`. It stays due: another trigger may run it."""


class RetryLater(Refusal):
    """The slot failed, and its back-off is not over yet. Try again later."""

    outcome = "retry_later"


class Overlap(Refusal):
    """Another slot of this job is running, and the job does not allow overlap."""

    outcome = "overlap_skipped"


OUTCOMES = {
    "paused": 200,
    "already_succeeded": 200,
    "already_running": 202,
    "cancelled": 200,
    "attempts_exhausted": 500,
    "expired": 200,
    "retry_later": 503,
    "overlap_skipped": 200,
    "submit_failed": 503,
    "accepted": 202,
    "failed": 500,
    "succeeded": 200,
}
"""The status that a trigger is answered over HTTP, by its outcome (contract, part 5)."""

SENTENCES = {refusal.outcome: (refusal.__doc__ or "").strip() for refusal in Refusal.__subclasses__()}
"""The message of each outcome."""


# -- problems ---------------------------------------------------------------------------------


class Problem(JobsApiError):
    """The request cannot be served."""

    status = 422
    slug = "bad-request"
    title = "The request cannot be served"
    why = ""
    """What staff may know of it beside what the caller is told: a sentence without secrets."""


class BadInput(Problem):
    """A value in the request is missing, unknown or wrong; `detail` names it and the remedy."""

    slug = "bad-input"
    title = "A value in the request is wrong"


class Unauthorized(Problem):
    """A valid token is needed: `Authorization: Bearer <secret>`, or `X-Jobs-Token: <secret>`."""

    status = 401
    slug = "unauthorized"
    title = "A valid token is needed"


class Forbidden(Problem):
    """The token is valid, but its scopes do not cover this request."""

    status = 403
    slug = "forbidden"
    title = "The token may not do this"


class PlainHttp(Problem):
    """This server accepts tokens over https only. Behind a proxy that ends TLS, set
    SECURE_PROXY_SSL_HEADER; on a private network, JOBS_API["REQUIRE_HTTPS"] = False."""

    status = 403
    slug = "plain-http"
    title = "Use https"


class NotFound(Problem):
    """There is no such job or run, or the token's patterns hide it."""

    status = 404
    slug = "not-found"
    title = "No such job or run"


class MethodNotAllowed(Problem):
    """This path does not accept this method; `Allow` lists the methods it accepts."""

    status = 405
    slug = "method-not-allowed"
    title = "Another method is needed"


class BodyTooSlow(Problem):
    """The body did not arrive in time, or too many bodies arrived slowly at once. Nothing was done: send the
    whole body again without a pause."""

    status = 408
    slug = "body-too-slow"
    title = "The body arrived too slowly"


class InFlight(Problem):
    """The run cannot be changed in its present state; nothing was changed."""

    status = 409
    slug = "conflict"
    title = "The state of the run does not allow this"


class Superseded(InFlight):
    """The run has begun again since it was read. Nothing was started: look at it again."""


class LengthRequired(Problem):
    """The body was sent in chunks, which this server does not support. Send it with a Content-Length."""

    status = 411
    slug = "length-required"
    title = "The length of the body is needed"


class BodyTooLarge(Problem):
    """The body is larger than 64 KB."""

    status = 413
    slug = "body-too-large"
    title = "The body is too large"


class TooManyBadTokens(Problem):
    """Too many wrong tokens came from this address within a minute. A valid token is still accepted."""

    status = 429
    slug = "too-many-bad-tokens"
    title = "Too many wrong tokens"


class InternalError(Problem):
    """An error happened on the server. The server's log has it, at the time of this answer."""

    status = 500
    slug = "internal-error"
    title = "Internal error"


class MetricsUnavailable(Problem):
    """This server has no library for metrics. Install it: `pip install "django-jobs-api[prometheus]"`."""

    status = 501
    slug = "metrics-unavailable"
    title = "The library for metrics is not installed"


class DatabaseBusy(Problem):
    """The database is not available right now. Nothing was acknowledged: send the request again."""

    status = 503
    slug = "database-unavailable"
    title = "The database is not available"


class NotReady(Problem):
    """The database cannot be used, or the process is about to exit; `detail` tells which."""

    status = 503
    slug = "not-ready"
    title = "Not ready"


# -- inside a run -----------------------------------------------------------------------------


class LeaseLost(JobsApiError):
    """Another attempt now holds the slot: the result of this one is not written."""


class LostRace(JobsApiError):
    """The row changed between reading and writing it: read it again and decide again."""


class SubmitFailed(JobsApiError):
    """The executor could not take the attempt; the attempt is closed and costs no try."""


class NoRoom(JobsApiError):
    """This host already runs as many attempts as it may: the run stays queued."""


class RunStopped(Exception):
    """The command should end now: its lease was lost, its time is over, a cancel was requested, or
    the process is about to exit.

    Raised by ``current_run().check()``. A command may catch it to tidy up, and should raise it
    again. `reason` is one of "lost", "timeout", "cancelled", "interrupted".
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The run was stopped: {reason}.")
