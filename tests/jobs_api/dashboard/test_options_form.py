"""The form made from a job's `params`: a control for each kind of option, and what is sent of it."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from django.http import QueryDict
from pydantic import AliasChoices, AliasPath, AwareDatetime, BaseModel, Field, SecretStr, model_validator

from jobs_api import Job
from jobs_api.dashboard.forms.params import OptionsForm


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    most: int


def form(params: Any, data: dict[str, Any] | None = None, given: dict[str, Any] | None = None) -> OptionsForm:
    sent = None
    if data is not None:
        sent = QueryDict(mutable=True)
        for name, value in data.items():
            sent.setlist(f"option-{name}", value if isinstance(value, list) else [value])
    return OptionsForm(sent, Job("nightly", params=params, timezone="Europe/Berlin"), given=given)


def of(annotation: Any, default: Any = ...) -> Any:
    """A model with one option."""
    return type("Params", (BaseModel,), {"__annotations__": {"value": annotation}, "value": Field(default)})


@pytest.mark.parametrize(
    ("annotation", "written", "sent"),
    [
        (str, "two words ", "two words "),
        (int, " 12", 12),
        (Annotated[int, Field(ge=1)], "1", 1),
        (float, "2,5", 2.5),
        (Decimal, "0.10", "0.10"),
        (bool, "on", True),
        (bool | None, "1", False),
        (Literal["a", "b"], "1", "b"),
        (Literal[1, "1"], "1", "1"),
        (Colour, "0", "red"),
        (Colour | None, "1", "blue"),
        (date, "2026-11-20", "2026-11-20"),
        (time, "06:30", "06:30"),
        (timedelta, "PT1H", "PT1H"),
        (datetime, "2026-11-20T06:30", "2026-11-20T06:30:00+01:00"),
        (AwareDatetime, "2026-07-20T06:30", "2026-07-20T06:30:00+02:00"),
        (UUID, "12345678-1234-5678-1234-567812345678", "12345678-1234-5678-1234-567812345678"),
        (list[str], 'revenue, "a, b" , churn', ["revenue", "a, b", "churn"]),
        (list[str], 'a\nb,, "say ""hi""", ""', ["a", "b", 'say "hi"', ""]),
        (list[int], "1,2 , 3", [1, 2, 3]),
        (tuple[float, ...], "1.5, 2", [1.5, 2]),
        (set[Literal["a", "b"]], ["0", "1"], ["a", "b"]),
        (list[Colour], ["1"], ["blue"]),
        (tuple[int, int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Inner, '{"most": 3}', {"most": 3}),
        (list[Inner], '[{"most": 3}]', [{"most": 3}]),
        (int | str, '"7"', "7"),
        (Any, "null", None),
        (SecretStr, "hush", "hush"),
    ],
    ids=str,
)
def test_what_is_written_is_sent_as_the_api_would_get_it(annotation, written, sent):
    filled = form(of(annotation), {"value": written})
    filled.full_clean()
    assert filled.sent == {"value": sent} or annotation is SecretStr
    assert not filled.errors or annotation is SecretStr  # which no run can store, as the API says, too


@pytest.mark.parametrize(
    ("annotation", "written", "said"),
    [
        (str, "", "This field is required."),
        (int, "1_0", "Write a whole number, such as 30."),
        (int, "9" * 5000, "Write a whole number"),
        (float, "nan", "Write a number, such as 2.5."),
        (float, "1e999", "Write a number"),
        (Annotated[int, Field(ge=1, le=31)], "99", "less than or equal to 31"),
        (Literal["a"], "7", "7 is not one of the available choices"),
        (date, "20.11.2026", "Write a day, such as 2026-11-20."),
        (time, "half six", "Write a time of day"),
        (datetime, "2026-03-29T02:30", "does not exist in Europe/Berlin"),
        (datetime, "soon", "Write a day and a time"),
        (list[int], "1, x", "Write a whole number"),
        (list[str], '"never closed', "Write a list such as"),
        (list[str], '" ' * 30_000, "Write a list such as"),
        (list[str], '5" disk', "Write a list such as"),
        (list[Annotated[int, Field(ge=1)]], "1, 0", "1: Input should be greater than or equal to 1"),
        (Inner, "{", "This is not JSON."),
        (Inner, "NaN", "This is not JSON."),
        (Inner, "[" * 100_000, "at most 60000 characters"),
        (Inner, "[" * 50_000, "This is not JSON."),
        (Inner, '{"most": "x"}', "most: Input should be a valid integer"),
        (str, "a\x00b", "Null characters are not allowed."),
        (dict[str, str], '{"a": "\\u0000"}', "U+0000"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_sent_is_told_at_its_field(annotation, written, said):
    filled = form(of(annotation), {"value": written})
    assert not filled.is_valid()
    assert said in " ".join(map(str, [*filled.errors.get("value", []), *filled.non_field_errors()]))


@pytest.mark.parametrize(
    ("annotation", "default", "shown"),
    [
        (int, 30, "Left empty: 30."),
        (list[str], ["a", "b, c"], 'Left empty: a, "b, c".'),
        (str, "", ""),
        (int | None, None, ""),
        (Literal["a", "b"], "b", ""),
    ],
    ids=str,
)
def test_what_is_left_empty_is_not_sent(annotation, default, shown):
    params = of(annotation, default)
    filled = form(params, {})
    assert filled.is_valid(), filled.errors
    assert filled.sent == {}
    assert filled.fields["value"].help_text == shown


def test_a_switch_is_sent_where_it_differs_from_its_default():
    params = of(bool, True)
    assert form(params)["value"].initial is True
    for data, sent in (({"value": "on"}, {}), ({}, {"value": False})):
        filled = form(params, data)
        assert filled.is_valid()
        assert filled.sent == sent
    every = of(list[Literal["a", "b"]], ["a"])
    filled = form(every, {})
    assert filled.is_valid()
    assert filled.sent == {"value": []}


class Everything(BaseModel):
    days: int = Field(default=1, ge=1, le=31, title="How many days", description="Of statements.")
    short: str = Field(default="", max_length=5)
    other: int = Field(default=2, validation_alias=AliasChoices("other-name", "old_name"))
    deep: int = Field(default=3, validation_alias=AliasPath("a", 0))
    made: list[int] = Field(default_factory=list)
    api_token: str = "tok-default"

    @model_validator(mode="after")
    def one_of(self):
        if self.days == 13:
            raise ValueError("13 days are too unlucky")
        return self


def test_labels_help_and_limits_are_those_of_the_model():
    fields = form(Everything).fields
    assert list(fields) == ["days", "short", "other-name", "made", "api_token"]
    assert fields["days"].label == "How many days"
    assert fields["days"].help_text == "Of statements. From 1 to 31. Left empty: 1."
    html = str(form(Everything)["days"])
    assert all(part in html for part in ('type="number"', 'min="1"', 'max="31"'))
    assert fields["made"].help_text == "Left empty: the job decides."
    html = str(form(Everything)["api_token"])
    assert 'type="password"' in html
    assert "tok-default" not in html + str(fields["api_token"].help_text)


def test_what_is_wrong_with_options_together_is_told_above_them():
    filled = form(Everything, {"days": "13"})
    assert not filled.is_valid()
    assert "13 days are too unlucky" in str(filled.non_field_errors())


def test_the_options_of_a_run_are_sent_as_they_are_unless_they_are_changed():
    given = {"days": 3, "old_name": 7, "short": "a\nb", "api_token": "hush"}
    shown = form(Everything, given=given)
    data = {name: shown[name].initial for name in shown.fields}
    assert data["days"] == "3"
    assert data["old_name"] == "7"
    assert "hush" not in str(shown)
    filled = form(Everything, {**data, "short": "a\r\nb", "days": "4"}, given=given)
    assert filled.is_valid(), filled.errors
    assert filled.sent == {**given, "days": 4}


def test_a_job_without_params_has_no_options():
    assert not form(None).fields
    assert form(None, {}).is_valid()
