"""RFC 7240: what a caller prefers, and what of it was applied."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest

from jobs_api.auth.headers import Headers
from jobs_api.conf import config
from jobs_api.exceptions import BadInput
from jobs_api.text.numbers import whole

MOST_SECONDS = 10**8 - 1
"""The greatest number of seconds that may be written: three years."""


@dataclasses.dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences that mean something here."""

    wait: float | None = None
    """Seconds; None where the caller does not say."""
    respond_async: bool = False
    strict: bool = False

    @property
    def seconds(self) -> float:
        """How long to wait for a run that another trigger started; 0 unless the caller wants to wait."""
        return self.seconds_for_own or 0

    @property
    def seconds_for_own(self) -> float | None:
        """How long to wait for this trigger's attempt in the background; None if the caller does not say."""
        if self.respond_async:
            return 0
        return None if self.wait is None else min(self.wait, config().wait_limit_seconds)

    def applied(self, *, might_wait: bool, waited: bool) -> str:
        """The value of Preference-Applied; empty if no preference was applied.

        Args:
            might_wait: it is one of the answers that can be waited for, or not.
            waited: and there was room to wait.
        """
        names = []
        if self.respond_async and might_wait:
            names.append("respond-async")
        elif self.wait is not None and waited:
            names.append(f"wait={self.seconds:g}")
        return ", ".join([*names, "handling=strict"] if self.strict else names)


def preferences(request: HttpRequest, wait: str | None = None) -> Preferences:
    """Read the Prefer header; `wait` is the query's, which stands in where no header can be set.

    Raises:
        BadInput: the query's wait is not a number. A wrong preference in the header is ignored, see the RFC.
    """
    given = _parse(Headers(request.META).get("Prefer", ""))
    if wait is not None:
        seconds(wait, "wait")
        given.setdefault("wait", wait)
    return Preferences(
        _seconds(given.get("wait", "")), "respond-async" in given, given.get("handling") == "strict"
    )


def seconds(text: str, key: str) -> float:
    """A number of seconds in the query.

    Raises:
        BadInput: it is not one.
    """
    number = _seconds(text)
    if number is None:
        raise BadInput(f"`{key}` must be a number of seconds, not {text[:60]!r}.")
    return number


def _parse(header: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition(";")[0].partition("=")
        if name.strip():
            given.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return given


def _seconds(value: str) -> float | None:
    number = whole(value, MOST_SECONDS)
    return None if number is None else float(number)
