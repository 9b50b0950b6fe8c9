"""Read the bytes of a request's body: all declared bytes, or raise an error.

A body that was cut off must not be read as a shorter one or an empty one. The job would run with other
options than those that were sent, and the correct retry would be answered as a duplicate.
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
"""How much is read at once if a blocked read can be ended; otherwise it is one byte."""
_SETTLED = "jobs_api_body_settled"


def read(request: HttpRequest) -> bytes:
    """Read the whole body.

    Raises:
        BadInput: the body is shorter than declared, or its headers are not valid.
        BodyTooLarge, BodyTooSlow, LengthRequired: see their docstrings.
    """
    declared = _declared(request.META)
    if declared == 0:
        return b""
    if declared is not None and declared > LIMIT:
        raise BodyTooLarge
    raw = _read_raw(request, declared)
    if len(raw) > LIMIT:
        raise BodyTooLarge
    setattr(request, _SETTLED, True)
    return raw


def _declared(meta: dict[str, Any]) -> int | None:
    """The declared number of bytes; None if the server marks the end of the body."""
    length = str(meta.get("CONTENT_LENGTH") or "").strip()
    chunked = "HTTP_TRANSFER_ENCODING" in meta
    if length:
        if chunked:
            raise BadInput("`Content-Length` and `Transfer-Encoding` exclude each other; send one of them.")
        return _number(length)
    if "wsgi.input" not in meta:
        return None  # ASGI: the whole body has arrived
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
    """Whether the request is HTTP/1: there, no declared length means no body; HTTP/2 marks the end itself."""
    return str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).startswith("HTTP/1")


def _read_raw(request: HttpRequest, declared: int | None) -> bytes:
    if hasattr(request, "_body"):  # a middleware of the host has read it
        return _all(request.body, declared)
    if request._read_started:  # type: ignore[attr-defined]
        return _read_by_middleware(request, declared)
    if "wsgi.input" not in request.META:
        return _all(request.read(LIMIT + 1), declared)
    return _all(_arrived(request, declared), declared)


def _all(raw: bytes, declared: int | None) -> bytes:
    if declared is not None and len(raw) < declared:
        raise BadInput(
            f"The body ended after {len(raw)} of its {declared} bytes. Nothing was done: send it again."
        )
    return raw


def _read_by_middleware(request: HttpRequest, declared: int | None) -> bytes:
    """The body if a middleware of the host has read a form, which jobs_api ignores.

    Raises:
        RuntimeError: it has read something else, whose content is lost.
    """
    if request.content_type != "multipart/form-data":
        raise RuntimeError("A middleware has read the body with request.read(); let it use request.body.")
    bytes_read: int = getattr(request._stream, "_pos", declared or 0)
    if bytes_read < (declared or 0):
        raise BadInput("The body ended early. Nothing was done: send it again.")
    return b""


def _arrived(request: HttpRequest, declared: int | None) -> bytes:
    """Read the body as it arrives, within its time limit."""
    connection = socket_of(request.META)
    stream: Any = request.META["wsgi.input"] if declared is None else request
    most, piece = (LIMIT + 1 if declared is None else declared), (PIECE if connection else 1)
    raw = bytearray()
    # The time of a slow caller does not count as time of the database.
    limits = Arrival(connection, seconds=config().body_seconds, places=config().waiting_limit)
    with stopped(), limits as arrival:
        try:
            while len(raw) < most and not arrival.over():
                piece_read = stream.read(min(piece, most - len(raw)))
                if not piece_read:
                    break
                raw += piece_read
        except Exception as error:  # each server has its own errors for a broken body
            if not arrival.cut:
                setattr(request, _SETTLED, True)
                raise BadInput("The body is broken. Nothing was done: send it again.") from error
    if arrival.cut:
        setattr(request, _SETTLED, True)
        raise BodyTooSlow
    return bytes(raw)


def let_go(request: HttpRequest) -> None:
    """Before the answer to a request with an unread body: do not let the server wait for the rest of it.

    To keep a connection, a server first reads to the end of the body, in a thread that other requests need.
    So read here what has arrived, which keeps the connection, and do not wait for the rest.
    """
    meta = request.META
    chunked = "HTTP_TRANSFER_ENCODING" in meta
    if getattr(request, _SETTLED, False) or (meta.get("CONTENT_LENGTH") in (None, "", "0") and not chunked):
        return
    connection = socket_of(meta)
    if connection is None or hasattr(request, "_body") or hasattr(connection, "unwrap"):
        return  # over TLS no answer could be sent after the cut
    stream = meta["wsgi.input"] if chunked else request
    with Arrival(connection, seconds=GRACE, places=0) as arrival:
        try:
            while not arrival.over() and stream.read(16 * PIECE):
                pass
        except Exception:  # noqa: BLE001 - a broken body has no end to wait for
            end_reading(connection)
