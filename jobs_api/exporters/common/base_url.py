"""The address of the project, as outside schedulers call it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from jobs_api.exporters.common.faults import BadOption

EXAMPLE = "https://shop.example.com"
LOCAL = re.compile(r"(.+\.)?localhost|127(\.\d+){3}|\[::1\]")
HOST = re.compile(r"(?!-)[a-z0-9.-]{1,253}(?<![.-])|\[[0-9a-f:.]+\]")
PATH = re.compile(r"(/[A-Za-z0-9._~%@:+-]+)*")
OURS = re.compile(r"/(run-due|jobs/[^/]+/run|health/\w+)$")


def checked(text: str | None, mount: str | None) -> str:
    """The address with the path of our URLs, without a slash at its end.

    Args:
        mount: the path under which this project has our URLs, such as `/api`; None: it is not known. It is
            added to an address without a path; any other path is kept, because a proxy may have its own.

    Raises:
        BadOption: it is missing, or no address that a scheduler may be given.
    """
    example = EXAMPLE + (mount or "/api")
    if not text:
        raise BadOption(f"--base-url is missing: the address of this project, such as {example}.")
    try:
        parts = urlsplit(text.strip())
        port = parts.port  # raises where it is no number
    except ValueError:
        raise _bad("is not an address", example) from None
    _check_origin(parts, example)
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise _bad("has a query or a fragment, which each call has of its own", example)
    path = parts.path.rstrip("/")
    if not PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise _bad("has a path that is not plain: letters, digits and ._~%@:+- between slashes", example)
    if match := OURS.search(path):
        raise _bad(f'is the address of one call: leave out "{match[0]}"', example)
    if not path and mount is None:
        raise _bad("lacks the path under which this project includes jobs_api.urls", example)
    host = f"{_host(parts)}:{port}" if port else _host(parts)
    return f"{parts.scheme}://{host}{path or mount or ''}"


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def _check_origin(parts: SplitResult, example: str) -> None:
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _bad("does not begin with https:// and a host", example)
    if parts.username is not None or parts.password is not None:
        raise _bad("holds a name or a password: a secret has no place in a URL", example)
    if not HOST.fullmatch(_host(parts)):
        raise _bad("has a host that DNS does not know: letters, digits, dots and -", example)
    if parts.scheme == "http" and not LOCAL.fullmatch(_host(parts)):
        raise _bad("is plain http, which sends the secret in the clear and is refused: write https", example)


def _bad(problem: str, example: str) -> BadOption:
    """The address itself is not repeated: it may hold a password."""
    return BadOption(f"--base-url {problem}. Write it like {example}.")
