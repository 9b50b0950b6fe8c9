"""Until when: one of the ends that are offered, a time of one's own, or without an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs_api.dashboard.forms import walls
from jobs_api.dashboard.forms.base import OrderForm
from jobs_api.dashboard.orders import ends
from jobs_api.schedule.written_time import in_utc, parsed


class UntilForm(OrderForm):
    """Until when, and why."""

    until = forms.ChoiceField(
        label=gettext_lazy("Until"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose until when.")},
    )
    own = walls.wall_time(required=False)
    open_end: Any = None
    """What it is called to name no end; None: there must be one."""
    field_order: Any = ("until", "own", "reason")

    def __init__(self, *args: Any, at: datetime, zone: ZoneInfo, **options: Any) -> None:
        super().__init__(*args, **options)
        self.at, self.zone = at, zone
        self.offers = ends.offered(at, zone)
        self.fields["own"].label = _("A time of my own, in %(zone)s") % {"zone": zone}
        self.fields["until"].choices = self._choices()  # type: ignore[attr-defined]
        self.fields["until"].initial = self.offers[1].value

    def _choices(self) -> list[tuple[str, str]]:
        given = str(self.data.get("until", ""))[: walls.LONGEST] if self.is_bound else ""
        known = [*ends.values(self.offers), (ends.OWN, _("A time of my own"))]
        if (
            given
            and given not in (ends.OPEN, *dict(known))
            and (end := parsed(given))
            and end.utcoffset() is not None
        ):
            known.insert(0, (given, ends.said(end, self.zone)))  # as it was offered when the form was made
        return known if self.open_end is None else [*known, (ends.OPEN, self.open_end)]

    def clean(self) -> dict[str, Any]:
        """The choice as `end`: an instant in the future, or None for no end."""
        data = super().clean() or self.cleaned_data
        chosen = data.get("until")
        if chosen and "own" in data:
            data["end"] = None
            if chosen != ends.OPEN:
                self._read(data, chosen)
        walls.as_text(self, "own")
        return data

    def _read(self, data: dict[str, Any], chosen: str) -> None:
        field = "own" if chosen == ends.OWN else "until"
        try:
            data["end"] = self._instant(data["own"] if chosen == ends.OWN else chosen)
        except forms.ValidationError as error:
            self.add_error(field, error)

    def _instant(self, text: str) -> datetime:
        end = walls.instant(text, str(self.zone), "until")
        if end <= self.at:
            raise forms.ValidationError(_("It is in the past. Choose a later time."))
        return in_utc(end)


class PauseForm(UntilForm):
    """Until when a job is paused."""

    needs_reason = True
    open_end = gettext_lazy("Until somebody resumes it")
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    """The pause that was in force when the form was made."""
    field_order = ("until", "own", "reason", "seen")


class AcknowledgeForm(UntilForm):
    """Until when nobody is reminded."""

    open_end = gettext_lazy("Until it is over")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["until"].initial = ends.OPEN
        self.fields["reason"].label = _("What you know")
        self.fields["reason"].help_text = _("Kept in the audit, and shown beside the incident.")
