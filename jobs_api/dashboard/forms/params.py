"""A form made from a job's `params`: a control for each option, and its value as the API would get it.

What is left empty is not sent: the job's own default counts. A value of a run that nobody changed is sent
again exactly as it is stored.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext as _

from jobs_api.dashboard import sentences
from jobs_api.dashboard.forms.choices import UNSET
from jobs_api.dashboard.forms.options import Option, options_of
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.triggers.validation import check_options

PREFIX = "option"


class OptionsForm(forms.Form):
    """The options of one run.

    Args:
        given: those of the run that is run again.
    """

    default_renderer = DjangoTemplates

    def __init__(self, data: Any, job: Job, *, given: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=PREFIX, label_suffix="")
        self.job, self.given = job, dict(given or {})
        self.sent: dict[str, Any] = {}
        """What is sent, by the names of the API; after `is_valid`."""
        self.options = {option.name: option for option in options_of(job, self.given)}
        for name, option in self.options.items():
            self.fields[name] = option.field()

    def clean(self) -> dict[str, Any]:
        """As the job's model reads them: what it refuses is an error of its field."""
        for name in [name for name in self.options if name in self.cleaned_data]:
            self._read(name, self.options[name])
        if not self.errors and self.job.params is not None:
            self._ask_the_model()
        if self.errors:
            self._say_what_is_hidden()
        return self.cleaned_data

    def _read(self, name: str, option: Option) -> None:
        try:
            value = option.value(self.cleaned_data[name])
        except forms.ValidationError as error:
            self.add_error(name, error)
        else:
            if value is not UNSET:
                self.sent[name] = value

    def _ask_the_model(self) -> None:
        from pydantic import ValidationError

        try:
            self.job.params.model_validate(copy.deepcopy(self.sent))  # type: ignore[union-attr]
            check_options(self.job, self.sent)
        except ValidationError as error:
            for fault in error.errors()[:20]:
                self._refuse([str(part) for part in fault["loc"]], str(fault["msg"]))
        except BadInput as error:
            self.add_error(None, sentences.refusal(error))

    def _refuse(self, where: list[str], why: str) -> None:
        name = where[0] if where and where[0] in self.fields else None
        inner = ".".join(where[1:] if name else where)
        self.add_error(name, f"{inner}: {why}" if inner else why)

    def _say_what_is_hidden(self) -> None:
        """A page does not show a secret again: whoever typed it has to know that it is gone."""
        for name, option in self.options.items():
            if option.secret and self[name].data and name not in self.errors:
                self.add_error(name, _("Type it again: it is not shown."))
