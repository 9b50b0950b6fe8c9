"""What one reading of the database finds to be wrong now."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

LONGEST = 250
"""Letters of an incident's subject."""
Key = tuple[str, str]
"""Kind and subject: at most one incident with this key is open."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong now."""

    kind: str
    """One of `kinds.KINDS`."""
    subject: str
    since: datetime
    detail: str
    """In a sentence, without secrets."""
    job_name: str = ""
    run: int | None = None
    run_date: datetime | None = None
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Which incident it opens or continues."""
        return self.kind, self.subject


@dataclasses.dataclass(slots=True)
class Findings:
    """All that is wrong, and what cannot be said yet."""

    wrong: dict[Key, Finding] = dataclasses.field(default_factory=dict)
    held: set[Key] = dataclasses.field(default_factory=set)
    """Whether it is over cannot be said: an open incident stays as it is, and none is opened."""

    def add(self, found: Iterable[Finding | Key | None]) -> None:
        """Add what was found; a key alone is held."""
        for each in found:
            if isinstance(each, Finding):
                self.wrong[each.key] = each
            elif each is not None:
                self.held.add(each)


def subject(text: str) -> str:
    """The text as a subject: one that is too long ends with a digest, so that two stay two."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 10]}…{hashlib.sha256(text.encode()).hexdigest()[:9]}"
