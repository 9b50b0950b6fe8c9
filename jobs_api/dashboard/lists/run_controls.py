"""The controls above the list of runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard import states, times
from jobs_api.dashboard.lists import choosing, controls
from jobs_api.dashboard.lists.controls import Active, Chip, Select
from jobs_api.dashboard.lists.run_filter import KINDS, NAMES, STATES, RunFilter
from jobs_api.dashboard.query import changed
from jobs_api.dashboard.viewer import Viewer
from jobs_api.database import alias
from jobs_api.models import TriggerSource

FURTHER = ("source", "trigger", "since", "until")
"""Filters that are folded away while none of them is set."""
LABELS = {
    "state": gettext_lazy("State"),
    "job": gettext_lazy("Job"),
    "tag": gettext_lazy("Tag"),
    "owner": gettext_lazy("Owner"),
    "source": gettext_lazy("Source"),
    "trigger": gettext_lazy("Trigger"),
    "since": gettext_lazy("Since"),
    "until": gettext_lazy("Until"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class RunControls:
    """What stands above the list."""

    everything: str
    """The address without any filter."""
    chips: Sequence[Chip]
    selects: Sequence[Select]
    further: Sequence[Select]
    """Of the filters that are folded away."""
    active: Sequence[Active]
    unfolded: int
    """How many of those that may be folded away are set."""


def of(query: QueryDict, wanted: RunFilter, viewer: Viewer) -> RunControls:
    """For this address: one statement."""
    shown = [(name, states.look(name).word) for name in STATES]
    found = list(controls.active(query, _told(wanted, viewer)))
    return RunControls(
        everything=changed(query, {**controls.PLACE, **dict.fromkeys(NAMES)}),
        chips=controls.toggles(query, "state", shown),
        selects=[
            controls.select("tag", LABELS["tag"], wanted.tag, choosing.tags()),
            controls.select("owner", LABELS["owner"], wanted.owner, choosing.owners()),
        ],
        further=[
            controls.select("source", LABELS["source"], wanted.source, _sources()),
            controls.select("trigger", LABELS["trigger"], wanted.trigger, KINDS.items()),
        ],
        active=found,
        unfolded=sum(bool(query.get(name)) for name in FURTHER),
    )


def _told(wanted: RunFilter, viewer: Viewer) -> dict[str, tuple[controls.Text, controls.Text]]:
    words = {name: getattr(wanted, name) for name in ("job", "tag", "owner", "source")}
    words["state"] = _(" or ").join(str(states.look(name).word) for name in wanted.states)
    words["trigger"] = KINDS.get(wanted.trigger, wanted.trigger)
    for name in ("since", "until"):
        instant = getattr(wanted, name)
        words[name] = "" if instant is None else times.long(instant, viewer.zone)
    return {name: (LABELS[name], words[name]) for name in NAMES}


def _sources() -> list[str]:
    rows = TriggerSource.objects.using(alias()).exclude(source="").order_by("source")
    return list(rows.values_list("source", flat=True).distinct()[: controls.MOST])
