"""`Entry`: one piece of what an importer reads, in the order of the source."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


class CannotCarry(Exception):
    """Something that no declaration can express; `str()` is a sentence that tells why, and what to do."""


class Unreadable(Exception):
    """A source that cannot be read at all; `str()` is a sentence with the remedy."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """A job, or something that is none: then it becomes a comment, with the reason."""

    original: tuple[str, ...] = ()
    """As it stands in the source, for the comment; secrets are masked when it is printed."""
    fields: Mapping[str, Any] | None = None
    """Fields of `Job`. The name is a wish: it is made a unique slug."""
    notes: tuple[str, ...] = ()
    """Sentences: what the declaration does not carry over, or what to look at."""
    reason: str = ""
    """Why it is not carried over; with `fields`: why it is declared in a comment only."""

    @property
    def is_job(self) -> bool:
        """Whether it is declared."""
        return self.fields is not None and not self.reason
