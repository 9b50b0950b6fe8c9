"""Which runs are wanted, as the address says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from jobs_api.dashboard.lists import instants
from jobs_api.dashboard.lists.choosing import EVERY, Chosen, choose
from jobs_api.dashboard.query import text
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import HELD, Reason, State
from jobs_api.runs import readers

STATES = ("failed", "lost", "running", "queued", "succeeded", "skipped", "cancelled")
KINDS: Mapping[str, Promise] = {
    "http": pgettext_lazy("trigger", "HTTP"),
    "run_due": pgettext_lazy("trigger", "run-due"),
    "command": pgettext_lazy("trigger", "command line"),
    "dashboard": pgettext_lazy("trigger", "dashboard"),
    "admin": pgettext_lazy("trigger", "admin"),
    "rerun": pgettext_lazy("trigger", "rerun"),
    "backfill": pgettext_lazy("trigger", "backfill"),
    "python": pgettext_lazy("trigger", "Python"),
    "executor": pgettext_lazy("trigger", "executor"),
}
"""What triggered the newest attempt."""
NAMES = ("state", "job", "tag", "owner", "source", "trigger", "since", "until")
"""What an address may say."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted; what is empty does not matter."""

    states: tuple[str, ...] = ()
    job: str = ""
    """As it was typed: a name, a part of one, a glob, or the id of a run."""
    tag: str = ""
    owner: str = ""
    source: str = ""
    trigger: str = ""
    since: datetime | None = None
    until: datetime | None = None
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The times as fields of a form show them."""
    errors: tuple[str, ...] = ()
    """What cannot be read of it; then no run is shown."""
    chosen: Chosen = EVERY

    @classmethod
    def of(cls, query: QueryDict, viewer: Viewer) -> RunFilter:
        """From an address."""
        words = {name: text(query, name) for name in ("job", "tag", "owner", "source", "trigger")}
        given = [{"claimed": "running"}.get(name, name) for name in query.getlist("state")[:20] if name]
        since, until = (instants.read(text(query, name), viewer) for name in ("since", "until"))
        errors = [each.error for each in (since, until) if each.error]
        errors += [_unknown(_("state"), name, STATES) for name in given if name not in STATES]
        if words["trigger"] and words["trigger"] not in KINDS:
            errors.append(_unknown(_("trigger"), words["trigger"], KINDS))
        return cls(
            states=tuple(name for name in STATES if name in given),
            **words,
            since=since.instant,
            until=until.instant,
            fields={"since": since.field, "until": until.field},
            errors=tuple(errors),
            chosen=choose(words["job"], words["tag"], words["owner"]),
        )

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered."""
        words = (self.states, self.job, self.tag, self.owner, self.source, self.trigger)
        return any(words) or self.since is not None or self.until is not None or bool(self.errors)

    @property
    def only_trouble(self) -> bool:
        """Whether only runs are wanted that did not succeed, or not yet: of these there are few."""
        return bool(self.states) and "succeeded" not in self.states

    def condition(self, *, with_states: bool = True) -> Q:
        """All of it but the choice of jobs."""
        found = Q()
        if with_states and self.states:
            found &= reduce(or_, map(in_state, self.states))
        if self.source:
            found &= Q(source=self.source)
        if self.trigger:
            found &= Q(trigger=self.trigger)
        if self.since is not None:
            found &= Q(run_date__gte=self.since)
        return found if self.until is None else found & Q(run_date__lt=self.until)


def in_state(state: str) -> Q:
    """Runs in one of `STATES`, as readers see them."""
    failed = readers.in_state(State.FAILED)
    lost = Q(state__in=HELD) | Q(reason=Reason.LOST)
    if state == "lost":
        return failed & lost
    if state == "failed":
        return Q(state=State.FAILED) & ~Q(reason=Reason.LOST)
    if state == "running":
        return readers.in_state(State.RUNNING) | readers.in_state(State.CLAIMED)
    return readers.in_state(state)


def _unknown(field: str, value: str, known: Iterable[str]) -> str:
    told = _("%(field)s: “%(value)s” is not known. There are: %(known)s.")
    return told % {"field": field, "value": value[:60], "known": ", ".join(known)}
