"""What all forms share: a reason, and widgets that do not depend on the host's templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard import sentences
from jobs_api.exceptions import BadInput
from jobs_api.triggers.validation import REASON_LENGTH, text_of

Value = TypeVar("Value")


class OrderForm(forms.Form):
    """An order, with the reason for it."""

    default_renderer = DjangoTemplates
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        error_messages={"required": _("Say why: others will ask.")},
        help_text=_("Kept in the audit, and shown to everybody."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    needs_reason = False

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self.fields["reason"].required = self.needs_reason

    def renew(self, name: str, value: str) -> None:
        """Show what is so now, also in a form that was refused."""
        self.fields[name].initial = value
        if self.is_bound:
            self.data = {**dict(self.data.items()), name: value}

    def clean_reason(self) -> str:
        """A text that a database can store."""
        return checked(lambda: text_of(self.cleaned_data["reason"], "reason"))


class ResumeForm(OrderForm):
    """Why; with the pause that was shown."""

    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


def checked(read: Callable[[], Value]) -> Value:
    """What a function of the triggers reads; what it refuses is an error of the field."""
    try:
        return read()
    except BadInput as error:
        raise forms.ValidationError(sentences.refusal(error)) from None
