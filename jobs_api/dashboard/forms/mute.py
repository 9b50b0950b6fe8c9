"""What nobody is told of, until when, and why."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard import alert_words
from jobs_api.dashboard.forms.base import checked
from jobs_api.dashboard.forms.until import UntilForm
from jobs_api.triggers.validation import text_of


class MuteForm(UntilForm):
    """It has an end: a mute that nobody remembers hides a failure."""

    needs_reason = True
    subject = forms.CharField(
        label=_("Subject"),
        max_length=250,
        help_text=_("A name of a job, a source or a token, or a pattern such as report_*."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=lambda: [("", _("Every kind")), *alert_words.kinds()],
    )
    field_order = ("subject", "kind", "until", "own", "reason")

    def clean_subject(self) -> str:
        """A text that a database can store."""
        return checked(lambda: text_of(self.cleaned_data["subject"], "subject"))
