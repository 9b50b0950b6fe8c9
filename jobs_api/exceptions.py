"""Everything that jobs_api says no to: one class per refusal, its docstring is the message.

`Refusal` is an outcome of a trigger (contract, part 5): nothing went wrong, but nothing was
started. `Problem` is a request that cannot be served. `RunStopped` tells a command to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs_api.models import JobRun


class JobsApiError(Exception):
    """jobs_api could not do what was asked."""

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
    """The job is paused. Resume it to let its triggers through."""

    outcome = "paused"


class AlreadySucceeded(Refusal):
    """The slot is done. A rerun, or force=true, runs it again."""

    outcome = "already_succeeded"


class AlreadyRunning(Refusal):
    """The slot is held by a living attempt, or was taken over by another one."""

    outcome = "already_running"


class SlotCancelled(Refusal):
    """An operator cancelled the slot. A rerun, or force=true, runs it after all."""

    outcome = "cancelled"


class AttemptsExhausted(Refusal):
    """The slot has used up its tries. Mend the cause, then rerun it."""

    outcome = "attempts_exhausted"


class Expired(Refusal):
    """The slot is older than the retention of runs, than the caller's `max_late` or, for all but a rerun and
    force, than the job's `expires`. Trigger a newer slot."""

    outcome = "expired"


class Late(Expired):
    """The slot is older than the caller's `max_late`. It stays due: another trigger may run it."""


class RetryLater(Refusal):
    """The slot failed, and its back-off is not over yet."""

    outcome = "retry_later"


class Overlap(Refusal):
    """Another slot of this job is running, and the job does not overlap itself."""

    outcome = "overlap_skipped"


SENTENCES = {refusal.outcome: (refusal.__doc__ or "").strip() for refusal in Refusal.__subclasses__()}
"""What each of them tells."""


# -- problems ---------------------------------------------------------------------------------


class Problem(JobsApiError):
    """The request cannot be served."""

    status = 422
    slug = "bad-request"
    title = "The request cannot be served"


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
    """This server takes tokens over https only. Behind a proxy that ends TLS, set
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
    """This path answers other methods; `Allow` names them."""

    status = 405
    slug = "method-not-allowed"
    title = "Another method is needed"


class BodyTooSlow(Problem):
    """The body did not come in time, or too many came slowly at once. Nothing was done: send it again, at
    once as a whole."""

    status = 408
    slug = "body-too-slow"
    title = "The body came too slowly"


class InFlight(Problem):
    """The run cannot be changed in the state it is in; nothing was changed."""

    status = 409
    slug = "conflict"
    title = "The run is in another state"


class LengthRequired(Problem):
    """The body came in chunks, which this server does not hand over. Send it with a Content-Length."""

    status = 411
    slug = "length-required"
    title = "The length of the body is needed"


class BodyTooLarge(Problem):
    """The body is larger than 64 KB."""

    status = 413
    slug = "body-too-large"
    title = "The body is too large"


class TooManyBadTokens(Problem):
    """Too many wrong tokens came from this address within a minute. A valid token is not held up."""

    status = 429
    slug = "too-many-bad-tokens"
    title = "Too many wrong tokens"


class InternalError(Problem):
    """Something broke on the server's side. It is in the server's log, under the time of this answer."""

    status = 500
    slug = "internal-error"
    title = "Something broke on the server"


class DatabaseBusy(Problem):
    """The database cannot take the request right now. Nothing was acknowledged: send it again."""

    status = 503
    slug = "database-unavailable"
    title = "The database cannot take it now"


class NotReady(Problem):
    """The database cannot be used, or the process is about to exit; `detail` says which."""

    status = 503
    slug = "not-ready"
    title = "Not ready"


# -- inside a run -----------------------------------------------------------------------------


class LeaseLost(JobsApiError):
    """Another attempt holds the slot by now: this one's result is not written."""


class LostRace(JobsApiError):
    """The row changed between reading and writing it: read it again and decide anew."""


class SubmitFailed(JobsApiError):
    """The executor could not take the attempt; it is closed and costs no try."""


class NoRoom(JobsApiError):
    """This host runs as many attempts as it may: the run waits as queued."""


class RunStopped(Exception):
    """The command should end now: its lease was lost, its time is over, a cancel was asked, or
    the process is about to exit.

    Raised by ``current_run().check()``. A command may catch it to tidy up, and should raise it
    again. `reason` is one of "lost", "timeout", "cancelled", "interrupted".
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The run was stopped: {reason}.")
