"""`post`: one request, and its answer within a time."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from jobs_api.outgoing.deadline import Late, NoThread, within
from jobs_api.outgoing.response import OutgoingError, Response, reason

LONGEST = 64 * 1024
"""How many bytes of an answer are read."""
USER_AGENT = "jobs_api"


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], seconds: float, method: str = "POST"
) -> Response:
    """Send a request, and return its answer, whatever its status is.

    No redirect is followed: a POST would become a GET, or the secret in the URL would go elsewhere. A proxy
    is used where HTTP_PROXY, HTTPS_PROXY and NO_PROXY say so.

    Args:
        url: http or https; it may hold a secret.
        body: sent as it is.
        headers: those of the request; they may hold secrets.
        seconds: for all of it: finding the host, connecting, TLS, sending, and the whole answer.
        method: of the request.

    Raises:
        OutgoingError: there was no answer in time, or none that is usable.
    """
    if fault := url_fault(url):
        raise OutgoingError(fault)
    exchange = _Exchange(seconds)
    try:
        return within(seconds, lambda: exchange.run(url, body, headers, method), name="jobs_api-outgoing")
    except Late:
        exchange.abort()
        raise OutgoingError(f"no answer within {round(seconds, 1):g} s") from None
    except OutgoingError:
        raise
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise OutgoingError(reason(error, seconds)) from None
    except ValueError:  # of a header or the method
        raise OutgoingError("a header of the request has characters that no header may have") from None
    except NoThread as error:
        raise OutgoingError(str(error)) from None


def url_fault(url: str) -> str | None:
    """Why a URL cannot be called, without quoting it; None if it can."""
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or not url.isascii() or not url.isprintable() or " " in url:
        return "the URL is not valid"
    if parts.scheme not in ("http", "https"):
        return "the URL is neither http nor https"
    if parts.username is not None or parts.password is not None:
        return "the URL holds a user name or a password, which is not supported"
    return None


class _Exchange:
    """One request and its answer, which another thread may cut off."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []

    def run(self, url: str, body: bytes, headers: Mapping[str, str], method: str) -> Response:
        request = Request(url, data=body or None, headers=dict(headers), method=method)  # noqa: S310
        for name, value in (("User-agent", USER_AGENT), ("Content-type", "application/octet-stream")):
            if not request.has_header(name) and (body or name == "User-agent"):
                request.add_header(name, value)
        try:
            answer = self._opener().open(request, timeout=self._left())
            if answer is None:  # the environment names a proxy such as socks5://
                raise OutgoingError("its proxy is of a kind that is not supported")
            with cast(http.client.HTTPResponse, answer):
                return _read(answer)
        finally:
            for sock in self._sockets:
                sock.close()

    def abort(self) -> None:
        """End the thread that waits for the other side, at any point, also in the middle of TLS."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _opener(self) -> OpenerDirector:
        """One that knows http, https and proxies; nothing follows redirects or raises for a status."""
        opener = OpenerDirector()
        opener.addheaders = []
        for handler in (ProxyHandler(), _Http(self), _Https(self)):
            opener.add_handler(handler)
        return opener

    def connection(self, kind: type[http.client.HTTPConnection], host: str, **options: Any) -> Any:
        """A connection whose socket can be shut down from outside."""
        connection = kind(host, **options)
        vars(connection)["_create_connection"] = self._connect
        return connection

    def _connect(self, address: tuple[str, int], timeout: object, source: Any = None) -> socket.socket:
        sock = socket.create_connection(address, self._left(), source)
        # TLS takes the socket itself away; a second handle of it stays.
        self._sockets.append(sock.dup())
        return sock

    def _left(self) -> float:
        return max(self._ends - time.monotonic(), 0.001)


class _Http(HTTPHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def http_open(self, request: Request) -> http.client.HTTPResponse:
        return self.do_open(_maker(self._exchange, http.client.HTTPConnection), request)


class _Https(HTTPSHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__(context=_tls())
        self._exchange = exchange

    def https_open(self, request: Request) -> http.client.HTTPResponse:
        return self.do_open(_maker(self._exchange, http.client.HTTPSConnection, context=_tls()), request)


def _maker(exchange: _Exchange, kind: type[http.client.HTTPConnection], **more: Any) -> Any:
    def make(host: str, **options: Any) -> Any:
        return exchange.connection(kind, host, **options, **more)

    return make


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading all authorities takes as long as a request."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _read(answer: http.client.HTTPResponse) -> Response:
    status = answer.status
    if 300 <= status < 400:
        raise OutgoingError(f"it answered with a redirect ({status}), which is not followed")
    body = answer.read(LONGEST + 1)
    if len(body) > LONGEST:
        raise OutgoingError(f"its answer ({status}) is longer than {LONGEST // 1024} KB")
    if answer.length:
        raise OutgoingError(f"it closed the connection in the middle of its answer ({status})")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(status, _text(body, answer), headers)


def _text(body: bytes, answer: http.client.HTTPResponse) -> str:
    try:
        return body.decode(answer.headers.get_content_charset("utf-8"))
    except (UnicodeDecodeError, LookupError):
        raise OutgoingError(f"its answer ({answer.status}) is not text") from None
