"""The page of alerts: what is open, what is over, how the channels stand, what is muted."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from jobs_api.alerts import readers, settings
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.standing import ChannelStanding, Standing, standing
from jobs_api.dashboard import alert_words
from jobs_api.dashboard.lists import controls
from jobs_api.dashboard.lists.controls import Active, Chip, Select
from jobs_api.dashboard.lists.incident_rows import IncidentRow, row
from jobs_api.dashboard.lists.places import Place
from jobs_api.dashboard.query import changed, choice, text
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import AlertMute
from jobs_api.monitoring.source_report import source_reports

STATES = (("", gettext_lazy("All")), ("open", gettext_lazy("Open")), ("over", gettext_lazy("Over")))
PAGE = 50
NONE = readers.Incidents([], None)


@dataclasses.dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel and how it stands."""

    standing: ChannelStanding
    type: str
    hears: str
    """Of which jobs and kinds it hears; "" for all."""

    @property
    def state(self) -> str:
        """ "unknown", "failing", "stuck", "gave_up" or "ok"."""
        it = self.standing
        if not it.known:
            return "unknown"
        if it.failing_since is not None:
            return "failing"
        return "stuck" if it.stuck else "gave_up" if it.given_up else "ok"


@dataclasses.dataclass(frozen=True, slots=True)
class MuteRow:
    """What is or was muted."""

    mute: AlertMute
    label: str | Promise
    """Of its kind."""

    @property
    def ended(self) -> datetime:
        """When it was over, or will be."""
        return self.mute.ended_at or self.mute.until


@dataclasses.dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which incidents are wanted; what is empty does not matter."""

    state: str
    """ "open" or "over"."""
    kind: str
    job: str
    after: Place | None
    """Where the page before ended, of those that are over."""

    @classmethod
    def of(cls, query: QueryDict) -> AlertFilter:
        """From an address."""
        state = choice(query, "state", ("open", "over"), "")
        kind = choice(query, "kind", tuple(KINDS), "")
        return cls(state, kind, text(query, "job"), Place.of(query.get("past", "")[:60], by_slot=True))

    @property
    def shows_open(self) -> bool:
        """Whether those are shown that are open: on the first page."""
        return self.state != "over" and self.after is None

    @property
    def shows_over(self) -> bool:
        """Whether those are shown that are over."""
        return self.state != "open"

    def opened(self) -> readers.Incidents:
        """Those that are open: at most one statement."""
        if not self.shows_open:
            return NONE
        return readers.incidents(open=True, job=self.job or None, kind=self.kind or None)

    def over(self) -> readers.Incidents:
        """A page of those that are over: at most one statement."""
        if not self.shows_over:
            return NONE
        after = self.after and self.after.slot and (self.after.slot, self.after.pk)
        wanted = {"job": self.job or None, "kind": self.kind or None}
        return readers.incidents(open=False, limit=PAGE, after=after or None, **wanted)

    def told(self) -> dict[str, tuple[controls.Text, controls.Text]]:
        """What is in force, in words."""
        return {
            "state": (gettext_lazy("State"), dict(STATES)[self.state] if self.state else ""),
            "kind": (gettext_lazy("Kind"), alert_words.words(self.kind).label if self.kind else ""),
            "job": (gettext_lazy("Job"), self.job),
        }


@dataclasses.dataclass(frozen=True, slots=True)
class AlertControls:
    """What stands above the list."""

    chips: Sequence[Chip]
    kinds: Select
    active: Sequence[Active]
    everything: str
    """The address without any filter."""

    @classmethod
    def of(cls, query: QueryDict, wanted: AlertFilter) -> AlertControls:
        """For this address."""
        told = wanted.told()
        return cls(
            controls.one_of(query, "state", STATES, wanted.state),
            controls.select("kind", gettext_lazy("Kind"), wanted.kind, alert_words.kinds()),
            list(controls.active(query, told)),
            changed(query, {**controls.PLACE, **dict.fromkeys(told)}),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class AlertPage:
    """All of it."""

    wanted: AlertFilter
    controls: AlertControls
    open: Sequence[IncidentRow]
    more_open: bool
    """Whether there are more that are open."""
    over: Sequence[IncidentRow]
    next: str
    """Where the next page of what is over begins, for its address; "" where that was all."""
    channels: Sequence[ChannelRow]
    mutes: Sequence[MuteRow]
    over_mutes: Sequence[MuteRow]
    standing: Standing


def page(query: QueryDict, viewer: Viewer) -> AlertPage:
    """For this address: at most ten statements."""
    wanted = AlertFilter.of(query)
    stands = standing(viewer.at, source_reports(viewer.at))
    opened, over = wanted.opened(), wanted.over()
    told = readers.told(each.pk for each in (*opened.rows, *over.rows))
    rows = [[row(each, stands.mutes, viewer.at, told) for each in some.rows] for some in (opened, over)]
    return AlertPage(
        wanted=wanted,
        controls=AlertControls.of(query, wanted),
        open=rows[0],
        more_open=opened.next is not None,
        over=rows[1],
        next="" if over.next is None else str(Place(over.next[1], over.next[0])),
        channels=_channels(stands),
        mutes=_mutes(stands.mutes),
        over_mutes=_mutes(readers.over_mutes(viewer.at)),
        standing=stands,
    )


def _mutes(found: Sequence[AlertMute]) -> list[MuteRow]:
    return [MuteRow(each, alert_words.label(each.kind)) for each in found]


def _channels(stands: Standing) -> list[ChannelRow]:
    known = settings.channels()
    return [_channel(each, known.get(each.channel)) for each in stands.channels]


def _channel(stands: ChannelStanding, channel: settings.ChannelConfig | None) -> ChannelRow:
    if channel is None:
        return ChannelRow(stands, "", "")
    kinds = [str(alert_words.words(kind).label) for kind in channel.kinds]
    parts = (channel.jobs, channel.tags, channel.owners, kinds, channel.severities)
    hears = " · ".join(", ".join(part) for part in parts if part)
    return ChannelRow(stands, channel.type, hears)
