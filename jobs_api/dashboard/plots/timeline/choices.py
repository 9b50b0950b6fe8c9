"""Which jobs the timeline shows, and in which groups: from the address."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard import query
from jobs_api.registry.job import Job

TAG, OWNER, NONE = "tag", "owner", "none"
GROUPINGS = {TAG: _("tag"), OWNER: _("owner"), NONE: _("none")}
PAGE, FEWER = 100, 40
"""So many jobs are on a page; fewer where the window is `LONG`, as each has more slots then."""
LONG = timedelta(days=2)


@dataclasses.dataclass(frozen=True, slots=True)
class Choices:
    """What is asked for."""

    group: str
    trouble: bool
    """Whether only jobs with trouble in the window are shown."""
    q: str
    tag: str
    owner: str
    job: str
    page: int
    is_table: bool

    @classmethod
    def of(cls, asked: QueryDict) -> Choices:
        """From an address; what is not valid counts as not said."""
        number = query.text(asked, "page")
        return cls(
            group=query.choice(asked, "group", (*GROUPINGS,), TAG),
            trouble=asked.get("trouble") == "1",
            q=query.text(asked, "q"),
            tag=query.text(asked, "tag"),
            owner=query.text(asked, "owner"),
            job=query.text(asked, "job"),
            page=int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1,
            is_table=asked.get("view") == "table",
        )

    @property
    def filters(self) -> bool:
        """Whether some jobs are left out on purpose."""
        return bool(self.q or self.tag or self.owner or self.job)

    def chosen(self, jobs: Iterable[Job]) -> list[Job]:
        """The jobs that are asked for, in the order of the page."""
        return sorted(filter(self._wants, jobs), key=lambda job: (*self._order(job), job.name))

    def group_of(self, job: Job) -> str:
        """The name of its group; "" for those without one. The first of several tags counts."""
        if self.group == OWNER:
            return job.owner
        return job.tags[0] if self.group == TAG and job.tags else ""

    def _order(self, job: Job) -> tuple[bool, str, str]:
        group = self.group_of(job)
        return not group, group.casefold(), group

    def _wants(self, job: Job) -> bool:
        if (self.job and job.name != self.job) or (self.owner and job.owner != self.owner):
            return False
        if self.tag and self.tag not in job.tags:
            return False
        about = " ".join((job.name, job.owner, *job.tags, job.description)).casefold()
        return all(word in about for word in self.q.casefold().split())


def tags(jobs: Iterable[Job]) -> list[str]:
    """All tags, for a list to choose from."""
    return sorted({tag for job in jobs for tag in job.tags}, key=str.casefold)


def owners(jobs: Iterable[Job]) -> list[str]:
    """All owners."""
    return sorted({job.owner for job in jobs if job.owner}, key=str.casefold)


@dataclasses.dataclass(frozen=True, slots=True)
class Pages:
    """The page of a list."""

    number: int
    first: int
    """The number of its first job, from 1."""
    last: int
    total: int

    @classmethod
    def of(cls, asked: int, total: int, each: int = PAGE) -> Pages:
        """The page that was asked for, or the last one; so many are on each."""
        number = min(max(asked, 1), max(-(-total // each), 1))
        return cls(number, min((number - 1) * each + 1, total), min(number * each, total), total)

    def cut(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Its jobs."""
        return jobs[max(self.first - 1, 0) : self.last]

    @property
    def before(self) -> int | None:
        """The number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """The number of the page after."""
        return self.number + 1 if self.last < self.total else None
