"""The bytes of a request's body: all that were declared, or a refusal.

A body cut short must not be taken for a short one, nor for none: the job would run with other options than
were sent, and the proper retry would hear that it has run.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from jobs_api.api.arrival import GRACE, Arrival, end_reading, socket_of
from jobs_api.conf import config
from jobs_api.database.bounds import stopped
from jobs_api.exceptions import BadInput, BodyTooLarge, BodyTooSlow, LengthRequired
from jobs_api.text.numbers import LONGEST, whole

LIMIT = 64 * 1024
PIECE = 1024
"""How much is read at once where a read that blocks can be ended; elsewhere it is one byte."""
_SETTLED = "jobs_api_body_settled"


def read(request: HttpRequest) -> bytes:
    """Read the whole body.

    Raises:
        BadInput: less came than was declared, or what was declared makes no sense.
        BodyTooLarge, BodyTooSlow, LengthRequired: see there.
    """
    declared = _declared(request.META)
    if declared == 0:
        return b""
    if declared is not None and declared > LIMIT:
        raise BodyTooLarge
    raw = _taken(request, declared)
    if len(raw) > LIMIT:
        raise BodyTooLarge
    setattr(request, _SETTLED, True)
    return raw


def _declared(meta: dict[str, Any]) -> int | None:
    """How many bytes; None for as many as come until the end that the server marks."""
    length = str(meta.get("CONTENT_LENGTH") or "").strip()
    chunked = "HTTP_TRANSFER_ENCODING" in meta
    if length:
        if chunked:
            raise BadInput(
                "`Content-Length` and `Transfer-Encoding` contradict each other; send one of them."
            )
        return _number(length)
    if "wsgi.input" not in meta:
        return None  # ASGI: all of it is here
    if meta.get("wsgi.input_terminated") and (chunked or not _is_http_1(meta)):
        return None
    if chunked:
        raise LengthRequired
    return 0


def _number(length: str) -> int:
    if not (length.isascii() and length.isdigit()):
        raise BadInput(f"`Content-Length` must be a whole number, not {length[:60]!r}.")
    number = whole(length, LONGEST)
    return LIMIT + 1 if number is None else number


def _is_http_1(meta: dict[str, Any]) -> bool:
    """Whether a request that tells no length has no body; a newer one may end a body in another way."""
    return str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).startswith("HTTP/1")


def _taken(request: HttpRequest, declared: int | None) -> bytes:
    if hasattr(request, "_body"):  # a middleware of the host has read it
        return _all(request.body, declared)
    if request._read_started:  # type: ignore[attr-defined]
        return _taken_by_another(request, declared)
    if "wsgi.input" not in request.META:
        return _all(request.read(LIMIT + 1), declared)
    return _all(_arrived(request, declared), declared)


def _all(raw: bytes, declared: int | None) -> bytes:
    if declared is not None and len(raw) < declared:
        raise BadInput(
            f"The body ended after {len(raw)} of its {declared} bytes. Nothing was done: send it again."
        )
    return raw


def _taken_by_another(request: HttpRequest, declared: int | None) -> bytes:
    """Where a middleware of the host has read a form, which asks for nothing here.

    Raises:
        RuntimeError: it has read something else, and what that said cannot be known.
    """
    if request.content_type != "multipart/form-data":
        raise RuntimeError("A middleware has taken the body by request.read(); let it use request.body.")
    seen: int = getattr(request._stream, "_pos", declared or 0)
    if seen < (declared or 0):
        raise BadInput("The body ended early. Nothing was done: send it again.")
    return b""


def _arrived(request: HttpRequest, declared: int | None) -> bytes:
    """Read it as it comes, within its time."""
    connection = socket_of(request.META)
    stream: Any = request.META["wsgi.input"] if declared is None else request
    most, piece = (LIMIT + 1 if declared is None else declared), (PIECE if connection else 1)
    raw = bytearray()
    # A slow caller is no slow database.
    limits = Arrival(connection, seconds=config().body_seconds, places=config().waiting_limit)
    with stopped(), limits as arrival:
        try:
            while len(raw) < most and not arrival.over():
                came = stream.read(min(piece, most - len(raw)))
                if not came:
                    break
                raw += came
        except Exception as error:  # each server has errors of its own for a body that is broken
            if not arrival.cut:
                setattr(request, _SETTLED, True)
                raise BadInput("The body is broken. Nothing was done: send it again.") from error
    if arrival.cut:
        setattr(request, _SETTLED, True)
        raise BodyTooSlow
    return bytes(raw)


def let_go(request: HttpRequest) -> None:
    """Before the answer to a request whose body nobody has read: do not let the server wait for its rest.

    A server that keeps a connection reads on to the end of the body first, in a thread that others need.
    What is there is taken, so that the connection stays; what is still on its way is not waited for.
    """
    meta = request.META
    chunked = "HTTP_TRANSFER_ENCODING" in meta
    if getattr(request, _SETTLED, False) or (meta.get("CONTENT_LENGTH") in (None, "", "0") and not chunked):
        return
    connection = socket_of(meta)
    if connection is None or hasattr(request, "_body") or hasattr(connection, "unwrap"):
        return  # over TLS there would be no answer after the cut
    stream = meta["wsgi.input"] if chunked else request
    with Arrival(connection, seconds=GRACE, places=0) as arrival:
        try:
            while not arrival.over() and stream.read(16 * PIECE):
                pass
        except Exception:  # noqa: BLE001 - a body that is broken has no end that could be waited for
            end_reading(connection)
