"""Which jobs are shown, in which order: all of it is in the address."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence

from django.http import QueryDict

from jobs_api.dashboard import query
from jobs_api.dashboard.overview.lines import ORDER, SORTS, Line

PAGE = 100
GROUPS = ("all", "trouble", "running", "paused", "ok", "not_run")
"""The chips."""


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for."""

    words: str = ""
    group: str = "all"
    tag: str = ""
    owner: str = ""
    sort: str = "trouble"
    page: int = 1

    @classmethod
    def of(cls, given: QueryDict) -> Filter:
        """From the address; what makes no sense is as if it were not there."""
        number = query.text(given, "page")
        return cls(
            words=query.text(given, "q"),
            group=query.choice(given, "show", GROUPS, "all"),
            tag=query.text(given, "tag"),
            owner=query.text(given, "owner"),
            sort=query.choice(given, "sort", SORTS, "trouble"),
            page=int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 6 else 1,
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words or self.tag or self.owner or self.group != "all")

    def shows(self, line: Line) -> bool:
        """Whether a job is shown, whatever its state."""
        job = line.report.job
        if (self.tag and self.tag not in job.tags) or (self.owner and self.owner != job.owner):
            return False
        text = line.text() if self.words else ""
        return all(word in text for word in self.words.casefold().split())

    def has_state(self, line: Line) -> bool:
        """Whether it is in the group of states that is chosen."""
        return self.group in ("all", line.state) or (self.group == "trouble" and line.trouble)


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The jobs that a filter finds, and a page of them."""

    lines: Sequence[Line]
    """All of them, in order."""
    counts: dict[str, int]
    """By chip: how many jobs it would show."""
    page: int
    pages: int

    @property
    def shown(self) -> Sequence[Line]:
        """Those of the page."""
        return self.lines[(self.page - 1) * PAGE : self.page * PAGE]

    @property
    def first(self) -> int:
        """The number of the first one of the page."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last one of the page."""
        return min(self.page * PAGE, len(self.lines))


def find(lines: Iterable[Line], chosen: Filter) -> Found:
    """Filter, count, sort, and cut into pages."""
    some = [line for line in lines if chosen.shows(line)]
    states = Counter(line.state for line in some)
    counts = {
        "all": len(some),
        "trouble": sum(line.trouble for line in some),
        **{state: states[state] for state in ORDER if state in GROUPS},
    }
    kept = sorted(filter(chosen.has_state, some), key=SORTS[chosen.sort])
    pages = max(-(-len(kept) // PAGE), 1)
    return Found(kept, counts, min(chosen.page, pages), pages)
