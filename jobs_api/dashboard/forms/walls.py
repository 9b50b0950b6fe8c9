"""A day and a time on the clock of a zone, as somebody writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from jobs_api.dashboard.forms.base import checked
from jobs_api.schedule.written_time import parsed, written

LONGEST = 40
"""Characters: no instant is longer."""
FORMAT = "%Y-%m-%dT%H:%M"


def wall_time(**options: Any) -> forms.CharField:
    """A field that browsers show as a calendar."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)
    return forms.CharField(max_length=LONGEST, widget=widget, **options)


def instant(text: str, zone: str, name: str) -> datetime:
    """The instant, in UTC; one with its offset is that instant in any zone.

    Raises:
        ValidationError: it is none, or the clock of the zone does not show that time, or shows it twice.
    """
    if not text.strip():
        raise forms.ValidationError(_("Write a day and a time."))
    if parsed(text) is None:
        raise forms.ValidationError(_("Write a day and a time, such as 2026-12-01T06:00."))
    return checked(lambda: written(text, zone, name))


def as_text(form: forms.Form, *names: str) -> None:
    """Show what was refused as text: a calendar cannot show what is no time, nor take an offset."""
    for name in names:
        if name in form.errors:
            form.fields[name].widget.input_type = "text"
