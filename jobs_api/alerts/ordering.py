"""Which messages an evaluation orders: of what is told, when, and to which channels.

- Each incident is told once to each channel that wants its kind and its job, as soon as it is not muted. A
  channel that the host did not know which told of it first, or that is new, is told as soon as one knows it.
- `again`: a second slot failed while it was open. Further slots are told by reminders only.
- A reminder follows `REMIND_SECONDS` after the last message, while it is open: not while it is muted,
  acknowledged, or its job paused, and not to a channel that has not taken an earlier message about it yet.
- `recovered` goes to every channel that was told of it, or is about to be, and to no other.
- What begins and ends again and again floods nobody: after `FLAPS` incidents of one kind about one subject
  within `FLAP_WINDOW`, a further one is told once it has lasted for `LASTS`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from jobs_api.alerts import muting, settings
from jobs_api.alerts.findings import Key
from jobs_api.alerts.reading import Reading
from jobs_api.alerts.settled import Settled
from jobs_api.database import alias
from jobs_api.models import AlertMessage, AlertMute, Incident

FLAPS, FLAP_WINDOW, LASTS = 3, timedelta(hours=4), timedelta(minutes=15)
OF_PAUSED = ("failed", "missed", "late", "slow")
"""What nobody is reminded of while the job is paused."""
BATCH = 200


class Orders:
    """The messages that one evaluation orders; made and written in its transaction."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.channels = settings.channels()
        self._rows: list[AlertMessage] = []
        self._joined: set[tuple[int, str]] = set()
        """Incidents, and the channels that hear of them only now."""
        self._again: list[Incident] = []
        self._over: list[Incident] = []

    def again(self, incident: Incident) -> None:
        """A further slot is concerned; the second failed one is told."""
        if incident.kind == "failed" and incident.times == 2:
            self._again.append(incident)

    def recovered(self, incident: Incident, end: Settled) -> None:
        """It is over."""
        if end.tell:
            self._over.append(incident)

    def standing(self, incidents: Sequence[Incident], reading: Reading) -> None:
        """Tell of those that nobody was told of, and remind of the others."""
        if not self.channels:
            return
        mutes = list(muting.mutes(self.at)) if incidents else []
        told = [each for each in incidents if not self._is_silent(each, mutes)]
        before = [each for each in told if each.notified_at is not None]
        self._first([each for each in told if each.notified_at is None])
        self._join(before)
        for each in self._again:
            if each in told and each.notified_at is not None and each.notified_at != self.at:
                self._tell(each, "again", 1)
        self._remind([each for each in told if self._may_remind(each, reading)])

    def write(self) -> int:
        """Store them; returns how many there are."""
        self._tell_the_end()
        AlertMessage.objects.using(alias()).bulk_create(self._rows, ignore_conflicts=True, batch_size=BATCH)
        return len(self._rows)

    def _is_silent(self, incident: Incident, mutes: Sequence[AlertMute]) -> bool:
        return muting.is_acknowledged(incident, self.at) or muting.is_muted(incident, mutes)

    def _first(self, untold: Sequence[Incident]) -> None:
        wanted = [each for each in untold if self._wanting(each)]
        before = _flaps(wanted, self.at)
        for each in wanted:
            number = before[each.kind, each.subject] + 1
            if number > FLAPS and self.at - each.opened_at < LASTS:
                continue
            if number >= FLAPS:
                _note_flaps(each, number)
            if _rows(each).filter(notified_at=None).update(notified_at=self.at):
                each.notified_at = self.at
                self._tell(each, "opened", 1)

    def _join(self, told: Sequence[Incident]) -> None:
        """Tell the channels that have heard nothing of them."""
        if not told:
            return
        rows = AlertMessage.objects.using(alias()).filter(incident__in=[each.pk for each in told])
        heard = set(rows.values_list("incident", "channel").order_by("incident").distinct())
        for each in told:
            new = [name for name in self._wanting(each) if (each.pk, name[:50]) not in heard]
            self._rows += [self._row(each, name, "opened", 1) for name in new]
            self._joined |= {(each.pk, name) for name in new}

    def _may_remind(self, incident: Incident, reading: Reading) -> bool:
        seconds, told = settings.remind_seconds(), incident.notified_at
        if seconds is None or told is None or self.at - told < timedelta(seconds=seconds):
            return False
        report = reading.jobs.get(incident.job_name)
        return not (incident.kind in OF_PAUSED and report is not None and report.paused)

    def _remind(self, incidents: Sequence[Incident]) -> None:
        if not incidents:
            return
        numbers, unsent = _reminders(incidents)
        for each in incidents:
            if _rows(each).filter(notified_at=each.notified_at).update(notified_at=self.at):
                each.notified_at = self.at
                self._tell(each, "reminder", numbers[each.pk] + 1, without=unsent[each.pk])

    def _tell(self, incident: Incident, event: str, number: int, *, without: Iterable[str] = ()) -> None:
        new = {name for pk, name in self._joined if pk == incident.pk}
        names = [name for name in self._wanting(incident) if name not in {*without, *new}]
        self._rows += [self._row(incident, name, event, number) for name in names]

    def _tell_the_end(self) -> None:
        """To those who were told of it; also to a channel that only another host knows."""
        if not self._over:
            return
        pks = [each.pk for each in self._over]
        rows = AlertMessage.objects.using(alias()).filter(incident__in=pks)
        told = set(rows.values_list("incident", "channel").order_by("incident", "channel"))
        by_pk = {each.pk: each for each in self._over}
        self._rows += [self._row(by_pk[pk], channel, "recovered", 1) for pk, channel in sorted(told)]

    def _wanting(self, incident: Incident) -> list[str]:
        about = (incident.kind, incident.job_name)
        return [name for name, channel in self.channels.items() if settings.wants(channel, *about)]

    def _row(self, incident: Incident, channel: str, event: str, number: int) -> AlertMessage:
        times = {"created_at": self.at, "next_try_at": self.at}
        return AlertMessage(incident=incident, channel=channel[:50], event=event, number=number, **times)


def _rows(incident: Incident) -> QuerySet[Incident]:
    return Incident.objects.using(alias()).filter(pk=incident.pk, closed_at=None)


def _flaps(wanted: Sequence[Incident], at: datetime) -> Counter[Key]:
    """How many incidents like these were told lately, and are over."""
    if not wanted:
        return Counter()
    recent = Incident.objects.using(alias()).filter(opened_at__gt=at - FLAP_WINDOW, opened_at__lte=at)
    told = recent.filter(closed_at__isnull=False, notified_at__isnull=False)
    return Counter(told.values_list("kind", "subject"))


def _note_flaps(incident: Incident, number: int) -> None:
    facts = {**incident.facts, "flaps": number}
    if _rows(incident).update(facts=facts):
        incident.facts = facts


def _reminders(incidents: Sequence[Incident]) -> tuple[Counter[int], dict[int, set[str]]]:
    """How many reminders there were of each, and which channels have not taken a message yet."""
    numbers: Counter[int] = Counter()
    unsent: dict[int, set[str]] = defaultdict(set)
    pks = [each.pk for each in incidents]
    rows = AlertMessage.objects.using(alias()).filter(incident__in=pks)
    of_each = rows.values("incident", "channel").annotate(
        reminders=Max("number", filter=Q(event="reminder")), waits=Max("next_try_at")
    )
    for row in of_each.order_by("incident"):
        numbers[row["incident"]] = max(numbers[row["incident"]], row["reminders"] or 0)
        if row["waits"] is not None:
            unsent[row["incident"]].add(row["channel"])
    return numbers, unsent
