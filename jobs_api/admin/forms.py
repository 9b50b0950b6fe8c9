"""What an order asks for before it is carried out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.utils import timezone

from jobs_api import database, registry
from jobs_api.admin.showing import zone_name
from jobs_api.alerts.kinds import KINDS
from jobs_api.conf import default_timezone
from jobs_api.exceptions import BadInput
from jobs_api.triggers.pause_orders import written_end
from jobs_api.triggers.validation import REASON_LENGTH, text_of

MOST_JOBS = 100
Value = TypeVar("Value")
ENDS = "Such as 2h, 1d12h, 2026-12-01 or 2026-12-01T06:00 ({zone}). Empty: {empty}"


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        required=False,
        help_text="Is kept with the run or the pause, and in the audit.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def clean_reason(self) -> str:
        """A text that a database can store."""
        return checked(lambda: text_of(self.cleaned_data["reason"], "reason"))


class UntilForm(ReasonForm):
    """Why, and until when."""

    until = forms.CharField(required=False, max_length=60)
    empty = "until somebody resumes it."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["until"].help_text = ENDS.format(zone=zone_name(), empty=self.empty)

    def clean_until(self) -> datetime | None:
        """An instant; a time without offset is in the viewer's zone."""
        written = self.cleaned_data["until"].strip()
        if not written:
            return None
        zone = getattr(timezone.get_current_timezone(), "key", None) or default_timezone()
        end = checked(lambda: written_end(written, zone, database.now()))
        if end <= database.guess():
            raise forms.ValidationError("It is in the past.")
        return end


class JobsForm(forms.Form):
    """Which jobs, of those that are declared now."""

    jobs = forms.MultipleChoiceField(widget=forms.SelectMultiple(attrs={"size": 12}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["jobs"].help_text = f"At most {MOST_JOBS}."
        self.fields["jobs"].choices = [(job.name, job.name) for job in registry.jobs()]  # type: ignore[attr-defined]

    def clean_jobs(self) -> list[str]:
        """As many as one request may take."""
        chosen: list[str] = self.cleaned_data["jobs"]
        if len(chosen) > MOST_JOBS:
            raise forms.ValidationError(f"Choose at most {MOST_JOBS}, not {len(chosen)}: nothing was done.")
        return chosen


class PauseForm(JobsForm, UntilForm):
    """Which jobs, until when, why."""

    field_order = ("jobs", "until", "reason")


class TriggerForm(JobsForm, ReasonForm):
    """Which jobs, which slot, why."""

    run_date = forms.CharField(
        label="Slot",
        required=False,
        max_length=60,
        help_text="A day or an instant with its offset, such as 2026-12-01T03:00:00+01:00. Empty: the "
        "current slot of each job.",
    )
    field_order = ("jobs", "run_date", "reason")


class AcknowledgeForm(UntilForm):
    """Who takes it on says what they know, and until when nobody is reminded."""

    empty = "until the incident is over."


class MuteForm(UntilForm):
    """What nobody is told of, until when, why."""

    subject = forms.CharField(
        max_length=250, help_text="A glob of names of jobs, sources or tokens, such as report_*."
    )
    kind = forms.ChoiceField(
        required=False, choices=[("", "every kind"), *((name, name.replace("_", " ")) for name in KINDS)]
    )
    field_order = ("subject", "kind", "until", "reason")
    empty = "not allowed: a mute that nobody remembers hides a failure."

    def clean_until(self) -> datetime:
        """An end, which a mute must have."""
        end = super().clean_until()
        if end is None:
            raise forms.ValidationError("Say until when.")
        return end


def checked(read: Callable[[], Value]) -> Value:
    """What a function of the triggers reads; what it refuses is an error of the field."""
    try:
        return read()
    except BadInput as error:
        raise forms.ValidationError(error.detail.replace("`", "")) from None
