"""A request's headers, looked up one by one. Django's own object copies all of them first, each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.http.request import HttpHeaders

TRACEPARENT = "traceparent"
"""The W3C trace context of the caller."""


class Headers(Mapping[str, str]):
    """The headers in a request's META; the case of a name does not matter."""

    __slots__ = ("_meta",)

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self._meta = meta

    def __getitem__(self, name: str) -> str:
        value: str = self._meta[_key(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value; a mapping's own `get` catches an error for each that is not there: for most."""
        return self._meta.get(_key(name), default)

    def __contains__(self, name: object) -> bool:
        return _key(str(name)) in self._meta

    def __iter__(self) -> Iterator[str]:
        return iter(HttpHeaders(self._meta))

    def __len__(self) -> int:
        return len(HttpHeaders(self._meta))


@cache
def _key(name: str) -> str:
    """The header's name in META. The cache stays small: only our own code passes names."""
    key = name.upper().replace("-", "_")
    return key if key in HttpHeaders.UNPREFIXED_HEADERS else f"{HttpHeaders.HTTP_PREFIX}{key}"
