"""One option of a job, as its model declares it: its label, its control, its default and its limits."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from jobs_api.dashboard.forms import kinds
from jobs_api.dashboard.forms.annotations import Plain, plain
from jobs_api.dashboard.forms.choices import UNSET, as_json, choices_of, index_of, item_of, same, word_of
from jobs_api.dashboard.forms.kinds import Kind
from jobs_api.registry.job import Job, aliases
from jobs_api.text import visible
from jobs_api.text.secrets import holds_secret, is_secret_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

KINDS: dict[Any, Kind] = {
    str: kinds.TEXT,
    int: kinds.WHOLE_NUMBER,
    float: kinds.NUMBER,
    Decimal: kinds.DECIMAL,
    date: kinds.DAY,
    time: kinds.TIME,
    timedelta: kinds.TEXT,
    UUID: kinds.TEXT,
    Path: kinds.TEXT,
    IPv4Address: kinds.TEXT,
    IPv6Address: kinds.TEXT,
}
OF_PYDANTIC = {
    **dict.fromkeys(("SecretStr", "EmailStr", "AnyUrl", "AnyHttpUrl", "HttpUrl", "NameEmail"), kinds.TEXT),
    **dict.fromkeys(("PastDate", "FutureDate"), kinds.DAY),
}


@dataclasses.dataclass(frozen=True)
class Option:
    """One option of a job."""

    name: str
    """As a caller sends it."""
    about: FieldInfo
    type: Plain
    zone: str
    """Of its job, for instants."""
    given: Any = UNSET
    """The value of the run that is run again."""

    # -- what it is ---------------------------------------------------------------------------

    @property
    def required(self) -> bool:
        """Whether the job has no default for it."""
        return self.about.is_required()

    @property
    def secret(self) -> bool:
        """Whether no page shows its value."""
        named = is_secret_name(self.name) or getattr(self.type.type, "__name__", "").startswith("Secret")
        return named or (self.given is not UNSET and holds_secret(self.given, self.name))

    @property
    def default(self) -> Any:
        """As JSON; UNSET where there is none, or where only the job can make it."""
        if self.required or self.about.default_factory is not None:
            return UNSET
        return as_json(self.about.default)

    @property
    def start(self) -> Any:
        """What a control begins with that always shows a value."""
        return self.default if self.given is UNSET else self.given

    @property
    def choices(self) -> list[Any]:
        """The values of an enumeration or of literals, as JSON; empty where it is no choice."""
        return choices_of(self.type.type)

    @property
    def item_choices(self) -> list[Any]:
        """The same of the items of a list."""
        item = item_of(self.type.type)
        return [] if item is None else choices_of(item.type)

    @property
    def is_switch(self) -> bool:
        """Whether it is yes or no, with nothing between."""
        return self.type.type is bool and not self.type.optional

    @property
    def kind(self) -> Kind:
        """How its text is read."""
        if self.choices or self.item_choices:
            return kinds.TEXT
        item = item_of(self.type.type)
        if item is None:
            return _kind(self.type.type, self.zone)
        inner = kinds.JSON if item.optional else _kind(item.type, self.zone)
        return kinds.many(inner) if inner in kinds.LIST_WORDS else kinds.JSON

    # -- its control --------------------------------------------------------------------------

    def field(self) -> forms.Field:
        """The field of a form."""
        field = self._control()
        field.label = visible(
            self.about.title or self.name.replace("_", " ").strip().capitalize() or self.name
        )
        field.help_text = visible(" ".join(self._help()))
        word = "" if self.choices or self.item_choices or self.type.type is bool else self.kind.word
        field.word = word  # type: ignore[attr-defined]
        return field

    def _control(self) -> forms.Field:
        if self.is_switch:
            return forms.BooleanField(required=False, initial=bool(self.start is not UNSET and self.start))
        if self.type.type is bool:
            return self._select([(True, _("Yes")), (False, _("No"))])
        if self.choices:
            return self._select([(value, word_of(value)) for value in self.choices])
        if self.item_choices:
            return self._boxes()
        return self._text()

    def _select(self, choices: list[tuple[Any, str]]) -> forms.Field:
        named = [(str(number), label) for number, (_value, label) in enumerate(choices)]
        blank = [] if self.required and self.given is not UNSET else [("", self._blank(choices))]
        initial = "" if self.given is UNSET else index_of([value for value, _label in choices], self.given)
        return forms.ChoiceField(choices=[*blank, *named], required=self.required, initial=initial)

    def _blank(self, choices: list[tuple[Any, str]]) -> str:
        if self.required:
            return _("Choose")
        label = next((label for value, label in choices if same(value, self.default)), None)
        return _("Default") if label is None else _("Default: %(value)s") % {"value": label}

    def _boxes(self) -> forms.Field:
        values = self.item_choices
        start = self.start if isinstance(self.start, list) else []
        return forms.MultipleChoiceField(
            choices=[(str(number), word_of(value)) for number, value in enumerate(values)],
            required=False,
            initial=[index_of(values, each) for each in start],
            widget=forms.CheckboxSelectMultiple,
        )

    def _text(self) -> forms.Field:
        shown = "" if self.given is UNSET or self.secret else self.kind.show(self.given)
        if self.secret:
            widget: forms.Widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        elif "\n" in shown and self.kind is not kinds.JSON:
            widget = forms.Textarea(attrs={"rows": 3})
        else:
            widget = self.kind.widget()
        if getattr(widget, "input_type", "text") in ("number", "date"):
            widget.attrs.update(self._attributes())
        needed = self.required and not (self.secret and self.given is not UNSET)
        return forms.CharField(
            required=needed, initial=shown, widget=widget, strip=False, max_length=kinds.LONGEST
        )

    def _attributes(self) -> dict[str, str]:
        limits, whole = self.type.limits, self.kind is kinds.WHOLE_NUMBER
        found = {ends: str(limits[name]) for name, ends in (("ge", "min"), ("le", "max")) if name in limits}
        if whole and "gt" in limits:
            found["min"] = str(limits["gt"] + 1)
        if whole and "lt" in limits:
            found["max"] = str(limits["lt"] - 1)
        return found

    def _help(self) -> Iterator[str]:
        if self.about.description:
            yield self.about.description.strip()
        yield from _limits(self.type.limits)
        if self.secret:
            yield _("Not shown again.") if self.given is UNSET else _("Left empty: as it is. Not shown.")
        elif not self.required and not self.choices and self.type.type is not bool and not self.item_choices:
            yield from self._default_said()

    def _default_said(self) -> Iterator[str]:
        if self.default is UNSET:
            yield _("Left empty: the job decides.")
        elif self.default not in (None, "", [], {}):
            yield _("Left empty: %(value)s.") % {"value": self.kind.show(self.default)[:200]}

    # -- its value ----------------------------------------------------------------------------

    def value(self, cleaned: Any) -> Any:
        """What is sent as JSON; UNSET for nothing.

        Raises:
            ValidationError: it cannot be read.
        """
        if self.is_switch:
            return self._unless_default(bool(cleaned))
        if self.type.type is bool or self.choices:
            values = [True, False] if self.type.type is bool else self.choices
            return UNSET if cleaned in ("", None) else values[int(cleaned)]
        if self.item_choices:
            return self._unless_default([self.item_choices[int(each)] for each in cleaned])
        return self._of_text(cleaned)

    def _unless_default(self, value: Any) -> Any:
        return UNSET if self.given is UNSET and not self.required and same(value, self.default) else value

    def _of_text(self, text: str) -> Any:
        text = text.replace("\r\n", "\n")
        if self.given is not UNSET:
            if self.secret and not text:
                return self.given
            if not self.secret and text == self.kind.show(self.given):
                return self.given
        return UNSET if not text.strip() and not (text and self.kind is kinds.TEXT) else self.kind.read(text)


def options_of(job: Job, given: Mapping[str, Any]) -> Iterator[Option]:
    """The options that a caller of this job may send, in the order of its model."""
    for name, about in ({} if job.params is None else job.params.model_fields).items():
        known = aliases(name, about)
        if not known:
            continue
        sent_as = next((alias for alias in known if alias in given), known[0])
        value = given.get(sent_as, UNSET)
        yield Option(sent_as, about, plain(about.annotation, about.metadata), job.slots.timezone, value)


def _kind(annotation: Any, zone: str) -> Kind:
    if annotation in KINDS:
        return KINDS[annotation]
    name = getattr(annotation, "__name__", "")
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return kinds.TEXT
    if annotation is datetime or name in ("AwareDatetime", "PastDatetime", "FutureDatetime", "NaiveDatetime"):
        return kinds.moment(zone, naive=name == "NaiveDatetime")
    return OF_PYDANTIC.get(name, kinds.JSON)


def _limits(limits: Mapping[str, Any]) -> Iterator[str]:
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if "ge" in limits and "le" in limits:
        yield _("From %(low)s to %(high)s.") % {"low": low, "high": high}
    else:
        words = {
            "ge": _("At least %(n)s."),
            "gt": _("More than %(n)s."),
            "le": _("At most %(n)s."),
            "lt": _("Less than %(n)s."),
        }
        yield from (words[name] % {"n": limits[name]} for name in words if name in limits)
    if "max_length" in limits:
        yield _("At most %(n)s characters or items.") % {"n": limits["max_length"]}
