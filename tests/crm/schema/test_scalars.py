from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import graphene
import pytest
from graphene_django.converter import convert_django_field
from graphene_django.forms.converter import convert_form_field
from graphql import GraphQLError
from graphql_relay import to_global_id
from hypothesis import assume, given
from hypothesis import strategies as st

from crm.models import Customer, Product
from crm.schema import schema
from crm.schema.scalars import MAX_DIGITS, Day, Moment, Money, pk_of

DAY = datetime(2025, 1, 31, tzinfo=UTC)


class Echo(graphene.ObjectType):
    """What a scalar makes of its input, kept for the test to look at."""

    money = graphene.Field(Money, value=Money(required=True))
    moment = graphene.Field(Moment, value=Moment(required=True))

    def resolve_money(self, info, value):
        info.context.append(value)
        return value

    resolve_moment = resolve_money


toy = graphene.Schema(query=Echo)


def read(document, **variables):
    """The Python value, and the answer's."""
    seen = []
    result = toy.execute(document, variable_values=variables, context_value=seen)
    assert not result.errors, result.errors
    return seen[0], next(iter(result.data.values()))


def literal(field, text):
    return read(f"{{ {field}(value: {text}) }}")


def variable(field, value):
    kind = {"money": "Decimal", "moment": "DateTime"}[field]
    return read(f"query ($value: {kind}!) {{ {field}(value: $value) }}", value=value)


def told(document, **variables):
    (error,) = toy.execute(document, variable_values=variables, context_value=[]).errors
    assert error.path is None  # refused before anything was resolved
    return error.message


# -- amounts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["999.99", "100", '"999.99"', '"100"', "0.1", "-5", "1e3", "0", '"+.5"', '"5."', '"1E+3"']
)
def test_a_literal_is_the_number_that_is_written(text):
    assert literal("money", text)[0] == Decimal(text.strip('"'))


@given(st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_is_the_same_on_every_way(amount):
    text = f"{amount:f}"
    for value, answer in (literal("money", text), literal("money", f'"{text}"'), variable("money", text)):
        assert (value, answer) == (amount, text)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_float_in_variables_means_the_digits_that_were_sent(amount):
    assert variable("money", float(amount))[0] == amount


@pytest.mark.parametrize("value", [100, "100", Decimal(100)])
def test_variables_may_be_numbers_or_text(value):
    assert variable("money", value)[0] == 100


def test_answers_have_no_exponent():
    assert literal("money", "1e3")[1] == "1000"


@pytest.mark.parametrize(
    "text",
    ["1e999", '"1e-999"', "9" * (MAX_DIGITS + 1), '"0e99"'],
)
def test_what_has_too_many_digits_is_refused(text):
    assert f"at most {MAX_DIGITS} digits" in told(f"{{ money(value: {text}) }}")


NO_NUMBERS = ["", "abc", "1,5", "1\\u0000", "1_0.5", "٣", " 1", "1 ", ".", "e3", "1e9999999999"]
NO_ENDS = ["NaN", "sNaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize(
    "text", ["true", "abc", "[1]", "{a: 1}"] + [f'"{text}"' for text in NO_NUMBERS + NO_ENDS]
)
def test_what_is_no_number_is_refused_with_an_example(text):
    assert "Write a number, such as 999.99." in told(f"{{ money(value: {text}) }}")


@pytest.mark.parametrize("value", [True, False, "abc", "", [1], {"a": 1}, "\ud800", float("nan"), 1e999])
def test_nor_is_it_taken_from_variables(value):
    assert "Write a number" in told("query ($value: Decimal!) { money(value: $value) }", value=value)


# -- moments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-31", DAY),
        ("2025-01-31T08:30:00Z", DAY.replace(hour=8, minute=30)),
        ("2025-01-31T08:30:00+01:00", DAY.replace(hour=7, minute=30)),
        ("2025-01-31 08:30", DAY.replace(hour=8, minute=30)),
        ("2025-01-31T08:30:00.25", DAY.replace(hour=8, minute=30, microsecond=250000)),
    ],
)
def test_a_moment_is_a_date_or_full_iso_8601(text, moment):
    assert literal("moment", f'"{text}"')[0] == variable("moment", text)[0] == moment


def test_only_a_date_alone_is_a_day():
    assert isinstance(literal("moment", '"2025-01-31"')[0], Day)
    assert not isinstance(literal("moment", '"2025-01-31T00:00:00Z"')[0], Day)


def test_without_an_offset_it_is_read_in_the_time_zone_of_the_server(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    midnight = datetime(2025, 1, 30, 23, tzinfo=UTC)
    assert literal("moment", '"2025-01-31"') == (midnight, "2025-01-31T00:00:00+01:00")
    assert literal("moment", '"2025-01-31T00:00"') == (midnight, "2025-01-31T00:00:00+01:00")
    assert literal("moment", '"2025-07-31T12:00Z"')[1] == "2025-07-31T14:00:00+02:00"


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=OFFSETS))  # noqa: DTZ001
def test_every_moment_comes_back_as_it_was(moment):
    value, answer = variable("moment", moment.isoformat())
    assert value == datetime.fromisoformat(answer) == moment


def test_a_job_may_pass_a_datetime():
    assert variable("moment", DAY)[0] == DAY


@pytest.mark.parametrize(
    "text", ["", "today", "2025-13-01", "2025-02-30", "31.01.2025", "2025-01-31T25:00", "2025", "\x00"]
)
def test_what_is_no_date_is_refused_with_an_example(text):
    assert "2025-01-31" in told("query ($value: DateTime!) { moment(value: $value) }", value=text)


@pytest.mark.parametrize("text", ["5", "true", "1.5", "[]", "abc"])
def test_nor_is_anything_but_text(text):
    assert "2025-01-31" in told(f"{{ moment(value: {text}) }}")


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "9999-12-31",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
    ],
)
def test_years_that_another_zone_has_not_are_refused(text):
    assert "year must be" in told("query ($value: DateTime!) { moment(value: $value) }", value=text)


def test_every_amount_and_moment_of_the_schema_is_one_of_these():
    types = schema.graphql_schema.type_map
    assert (types["Decimal"].graphene_type, types["DateTime"].graphene_type) == (Money, Moment)
    assert {"Float", "BigInt", "Date"}.isdisjoint(types)


def test_fields_of_models_and_filters_become_these():
    for field in (Product._meta.get_field("price"), Customer._meta.get_field("created_at")):
        kind = Money if field.name == "price" else Moment
        assert isinstance(convert_django_field(field), kind)
        assert isinstance(convert_form_field(field.formfield()), kind)


# -- ids --------------------------------------------------------------------------------------

KEYS = st.integers(1, 2**63 - 1)


@given(KEYS)
def test_a_global_id_and_a_plain_key_name_the_same_row(key):
    assert pk_of("Customer", to_global_id("Customer", key)) == pk_of("Customer", str(key)) == key


@given(KEYS)
def test_the_global_id_of_another_type_is_none(key):
    with pytest.raises(GraphQLError, match=r"^Invalid customer ID$"):
        pk_of("Customer", to_global_id("Product", key))


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "0",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1.0",
        "1e3",
        "0x1",
        "abc",
        "002",
        "Q3VzdG9tZXI6",
        "=",
        "1\x00",
    ]
    + ["٣", "é", "\ud800", "9223372036854775808", "9" * 5000, "Customer:1"]
    + [to_global_id("Customer", inner) for inner in ("", "abc", "-1", "0", "002", "1:1", "9" * 30)],
)
def test_what_is_no_id_is_refused_by_name(value):
    with pytest.raises(GraphQLError, match=r"^Invalid customer ID$"):
        pk_of("Customer", value)


def test_the_message_names_the_type():
    with pytest.raises(GraphQLError, match=r"^Invalid product ID$"):
        pk_of("Product", "x")


@given(st.text())
def test_any_other_text_is_refused_too(text):
    assume(not text.isdecimal())
    with pytest.raises(GraphQLError, match=r"^Invalid order ID$"):
        pk_of("Order", text)
