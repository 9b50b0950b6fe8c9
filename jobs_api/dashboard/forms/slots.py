"""Which slot to run now, or which range of slots to queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard import sentences
from jobs_api.dashboard.forms import walls
from jobs_api.dashboard.forms.base import OrderForm, checked
from jobs_api.dashboard.orders import slots
from jobs_api.dashboard.orders.slots import Offer, Slot
from jobs_api.registry.job import Job
from jobs_api.schedule.written_time import parsed
from jobs_api.triggers.validation import explicit

OWN = "own"
DAY = len("2026-11-20")
"""A day alone means its only slot."""


class RunForm(OrderForm):
    """Which slot, and why."""

    slot = forms.ChoiceField(
        label=gettext_lazy("Slot"),
        help_text=gettext_lazy(
            "A slot that has succeeded is run again by a rerun only, on the page of its run."
        ),
        error_messages={"required": gettext_lazy("Choose a slot.")},
    )
    own = walls.wall_time(required=False)
    field_order = ("slot", "own", "reason")

    def __init__(
        self,
        *args: Any,
        job: Job,
        offer: Offer,
        at: datetime,
        zone: ZoneInfo,
        wanted: str = "",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.job, self.at = job, at
        known = [(slot.value, slots.said(slot, at, zone)) for slot in offer.slots]
        named = str(self.data.get("slot", ""))[: walls.LONGEST] if self.is_bound else _as_offered(wanted)
        if named not in (OWN, *dict(known)) and (was := _instant(named)) is not None:
            known.insert(0, (named, slots.clock(was, at, zone)))  # as it was offered where it comes from
        self.fields["slot"].choices = [*known, (OWN, _("A time of my own"))]  # type: ignore[attr-defined]
        self.fields["slot"].initial = named if named in dict(known) else offer.chosen or OWN
        self.fields["own"].label = _("A time of my own, in %(zone)s") % {"zone": job.slots.timezone}

    def clean(self) -> dict[str, Any]:
        """The slot as the API would get it."""
        data = super().clean() or self.cleaned_data
        chosen = data.get("slot")
        if chosen and "own" in data:
            field = "own" if chosen == OWN else "slot"
            try:
                data["run_date"] = self._slot(data["own"] if chosen == OWN else chosen)
            except forms.ValidationError as error:
                self.add_error(field, error)
        walls.as_text(self, "own")
        return data

    def _slot(self, text: str) -> str:
        at = walls.instant(text, self.job.slots.timezone, "slot")
        if len(text.strip()) != DAY:
            text = at.isoformat()
        slot = checked(lambda: explicit(self.job, text, self.at))
        if slot > self.at:
            raise forms.ValidationError(_("It is in the future. Choose a slot that is due."))
        return slot.isoformat()


def _as_offered(text: str) -> str:
    """A slot that a link names, written as the form writes it; "" for none."""
    found = _instant(text)
    return "" if found is None else Slot(found, "").value


def _instant(text: str) -> datetime | None:
    """The instant that a text with its offset means."""
    found = parsed(text)
    return found if found is not None and found.utcoffset() is not None else None


class BackfillForm(OrderForm):
    """From when until when, on the clock of the job's zone, and why."""

    start = walls.wall_time(label=gettext_lazy("From"))
    end = walls.wall_time(label=gettext_lazy("To"))
    shown = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    field_order = ("start", "end", "reason", "shown")

    def __init__(self, *args: Any, job: Job, **options: Any) -> None:
        super().__init__(*args, **options)
        self.job = job
        self.fields["reason"].help_text = _("Kept in the audit and shown on each run.")

    def clean_start(self) -> datetime:
        """An instant."""
        return self._instant("start")

    def clean_end(self) -> datetime:
        """An instant; it is not in the range itself."""
        return self._instant("end")

    def _instant(self, name: str) -> datetime:
        return walls.instant(self.cleaned_data[name], self.job.slots.timezone, name)

    def clean(self) -> dict[str, Any]:
        """What was refused may be corrected as text."""
        walls.as_text(self, "start", "end")
        return self.cleaned_data

    def refuse(self, why: str) -> None:
        """Say what is wrong with the range at the field that it is about."""
        field = next((name for name in ("start", "end") if why.startswith(f"`{name}`")), None)
        text = why.replace("`", "")
        self.add_error(field, sentences.told(text) or text)
