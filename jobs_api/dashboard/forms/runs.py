"""Orders about one run: what was shown must still be so."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard.forms.base import OrderForm
from jobs_api.models import JobRun


class RunOrderForm(OrderForm):
    """Why; with the attempt that was shown: a second click, or an old page, is about another one."""

    mark = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, run: JobRun, **options: Any) -> None:
        super().__init__(*args, **options)
        self.run = run
        self.fields["mark"].initial = run.attempt

    @property
    def changed(self) -> bool:
        """Whether the run has begun again since the form was made."""
        return bool(self.cleaned_data["mark"] != str(self.run.attempt))


class RerunForm(RunOrderForm):
    """Whether the options stay, too."""

    change = forms.ChoiceField(
        label=_("Options"),
        required=False,
        widget=forms.RadioSelect,
        initial="keep",
        choices=[("keep", _("Those of the run")), ("change", _("Others"))],
    )
    field_order = ("change", "reason", "mark")
