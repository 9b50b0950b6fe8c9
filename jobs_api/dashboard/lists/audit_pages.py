"""The list of the audit: a filter, a page of it, and the controls above it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.audit import ACTIONS as KNOWN
from jobs_api.audit import exporting, reading
from jobs_api.audit.origin import ORIGINS as ENTRANCES
from jobs_api.audit.reading import Cursor, Filters
from jobs_api.dashboard import times
from jobs_api.dashboard.lists import controls, instants
from jobs_api.dashboard.lists.audit_rows import ACTIONS, ORIGINS, AuditRow, row
from jobs_api.dashboard.lists.controls import Active, Select
from jobs_api.dashboard.lists.places import Place
from jobs_api.dashboard.query import changed, text
from jobs_api.dashboard.viewer import Viewer
from jobs_api.database.bounds import bounded
from jobs_api.text.numbers import LARGEST_ID, whole

PAGE = 50
BATCH = 500
NAMES = ("action", "origin", "actor", "job", "run", "since", "until")
"""What an address may say."""
LABELS = {
    "action": gettext_lazy("Action"),
    "origin": gettext_lazy("By way of"),
    "actor": gettext_lazy("Who"),
    "job": gettext_lazy("Job"),
    "run": gettext_lazy("Run"),
    "since": gettext_lazy("Since"),
    "until": gettext_lazy("Until"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted."""

    filters: Filters
    words: Mapping[str, str]
    """As the address says it; times as a field of a form shows them."""
    errors: Sequence[str] = ()
    """What cannot be read of it; then no entry is shown."""

    @classmethod
    def of(cls, query: QueryDict, viewer: Viewer) -> AuditFilter:
        """From an address."""
        words = {name: text(query, name) for name in NAMES}
        since, until = (instants.read(words[name], viewer) for name in ("since", "until"))
        errors = [each.error for each in (since, until) if each.error]
        run = whole(words["run"], LARGEST_ID)
        if words["run"] and run is None:
            errors.append(_("“%(text)s” is no id of a run: write its number.") % {"text": words["run"][:60]})
        for name, known in (("action", KNOWN), ("origin", ENTRANCES)):
            if words[name] and words[name] not in known:
                told = _("%(field)s: “%(value)s” is not known. There are: %(known)s.")
                named = {"field": LABELS[name], "value": words[name][:60], "known": ", ".join(known)}
                errors.append(told % named)
        chosen = (words["action"], words["actor"], words["origin"], words["job"], run)
        filters = Filters(*chosen, since.instant, until.instant)
        return cls(filters, {**words, "since": since.field, "until": until.field}, errors)

    def told(self, viewer: Viewer) -> dict[str, tuple[controls.Text, controls.Text]]:
        """What is in force, in words."""
        shown: dict[str, controls.Text] = dict(self.words)
        shown["action"] = ACTIONS.get(self.words["action"], self.words["action"])
        shown["origin"] = ORIGINS.get(self.words["origin"], self.words["origin"])
        for name, instant in (("since", self.filters.since), ("until", self.filters.until)):
            shown[name] = "" if instant is None else times.long(instant, viewer.zone)
        return {name: (LABELS[name], shown[name]) for name in NAMES}


@dataclasses.dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the list."""

    wanted: AuditFilter
    rows: Sequence[AuditRow]
    first: bool
    next: str
    """Where the next page begins, for its address; "" where that was all."""
    further: str
    """The same where nobody has looked further."""
    query: str
    """The filter alone, as the query of an address."""
    selects: Sequence[Select]
    active: Sequence[Active]
    everything: str

    @property
    def looked(self) -> int:
        """Among how many entries it looked."""
        return reading.NEWEST


def page(query: QueryDict, viewer: Viewer) -> AuditPage:
    """A page of the audit: at most two statements."""
    wanted = AuditFilter.of(query, viewer)
    place = Place.of(query.get("after", "")[:60], by_slot=True)
    after = None if place is None or place.slot is None else Cursor(place.slot, place.pk)
    found = reading.Look([], None, None)
    if not wanted.errors:
        found = reading.look(wanted.filters, after=after, limit=PAGE)
    words = wanted.words
    return AuditPage(
        wanted=wanted,
        rows=[row(each) for each in found.entries],
        first=after is None,
        next=_text(found.cursor),
        further=_text(found.further),
        query=urlencode([(name, query.get(name, "")) for name in NAMES if query.get(name)]),
        selects=[
            controls.select("action", LABELS["action"], words["action"], ACTIONS.items()),
            controls.select("origin", LABELS["origin"], words["origin"], ORIGINS.items()),
        ],
        active=list(controls.active(query, wanted.told(viewer))),
        everything=changed(query, {**controls.PLACE, **dict.fromkeys(NAMES)}),
    )


def _text(cursor: Cursor | None) -> str:
    return "" if cursor is None else str(Place(cursor.pk, cursor.at))


def sheet(wanted: AuditFilter) -> Iterator[str]:
    """All entries as a spreadsheet, batch by batch."""
    yield exporting.heading() + "\n"
    yield from _batches(wanted, exporting.as_csv)


def lines(wanted: AuditFilter) -> Iterator[str]:
    """All entries as lines of JSON, batch by batch."""
    yield from _batches(wanted, exporting.as_lines)


def _batches(wanted: AuditFilter, written: exporting.Writer) -> Iterator[str]:
    """Each batch has its own time: a slow reader holds nothing."""
    found = reading.every(wanted.filters, size=BATCH)
    while True:
        with bounded():
            batch = next(found, None)
        if batch is None:
            return
        if batch:
            yield written(batch) + "\n"
