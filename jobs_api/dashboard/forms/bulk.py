"""An order about many: why, and what was shown when it was asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard.forms.base import OrderForm
from jobs_api.dashboard.forms.until import UntilForm

LONGEST = 60_000


class ManyForm(OrderForm):
    """The marks of those that were shown, and the filter by which they were found."""

    marks = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    filter = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    field_order: Any = ("reason", "marks", "filter")


class PauseManyForm(UntilForm, ManyForm):
    """Until when, too."""

    needs_reason = True
    open_end = _("Until somebody resumes them")
    field_order = ("until", "own", "reason", "marks", "filter")
