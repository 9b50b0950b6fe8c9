"""`Exporter`: what one platform is and can, and the text that it reads."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs_api.exporters.common.plan import Entry, Plan

HTTP, COMMAND = "http", "command"
"""The forms of an export: the platform calls the endpoint, or runs the management command."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dialect:
    """The cron lines that a platform reads; they never depend on its AND or OR of days."""

    zones: bool = False
    """Whether it takes an IANA zone. Without it lines are written in UTC, for each offset of the zone."""
    local: bool = False
    """Whether it reads lines in the machine's zone, which the setting `zone` names; UTC is the default."""
    sunday: int | None = None
    """The number of Sunday where it knows no names of days; None: names are written."""
    last_day: bool = False
    """Whether it knows L as day of month."""
    lines: int | None = None
    """How many lines one job may have; None: any number."""
    floor: int = 1
    """The smallest number of minutes between two fires."""
    cron: bool = True
    """False where it has no cron lines at all: run-due starts every job."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """A value that an export needs and no declaration holds, given by `--set NAME=VALUE`."""

    default: str
    help: str


@dataclasses.dataclass(frozen=True)
class Exporter(ABC):
    """One platform. Subclasses write its format."""

    title: str
    """As its vendor writes it."""
    file: str
    """The usual name of the file that is written."""
    _: dataclasses.KW_ONLY
    forms: tuple[str, ...] = (HTTP,)
    """What it can do, the usual one first: `HTTP`, `COMMAND`."""
    dialect: Dialect = Dialect()
    settings: Mapping[str, Setting] = dataclasses.field(default_factory=dict)
    comment: str = "#"
    """How a line of comment begins; empty where the format has none (JSON)."""

    @abstractmethod
    def render(self, plan: Plan) -> str:
        """The whole text of the export, with a newline at its end."""

    @abstractmethod
    def how_to_apply(self, plan: Plan) -> str:
        """How to apply it, for people: one or several lines without comment marks."""

    def refuses(self, entry: Entry) -> str:
        """Why an entry cannot be written in the format, as what follows "It"; empty: it can."""
        del entry
        return ""
