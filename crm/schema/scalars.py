"""Ids, numbers and times as GraphQL reads and writes them."""

from __future__ import annotations

import decimal
import re
from datetime import date, datetime, time
from typing import Any

import graphene
from django import forms
from django.db import models
from django.utils import timezone
from graphene_django.converter import convert_django_field, get_django_field_description
from graphene_django.forms.converter import convert_form_field
from graphql import FloatValueNode, GraphQLError, IntValueNode, Node, StringValueNode
from graphql_relay import from_global_id

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,9})?", re.ASCII | re.IGNORECASE)
"""Python would also accept `1_000`, digits of other scripts, and NaN."""
MAX_DIGITS = 20
PRIMARY_KEY = re.compile(r"[1-9][0-9]{0,18}")
NO_NUMBER = "Write a number, such as 999.99."
NO_MOMENT = 'Write a date as "2025-01-31", or with time as "2025-01-31T08:30:00Z".'


def pk_of(kind: str, value: str | int) -> int:
    """The primary key that `value` names: the global id that answers contain, or the plain key.

    `kind` is the GraphQL type, such as ``Customer``.

    Raises:
        GraphQLError: "Invalid customer ID": malformed, of another type, or too large a number.
    """
    named = from_global_id(str(value))
    number = named.id if named.type == kind else str(value)
    if not PRIMARY_KEY.fullmatch(number) or int(number) > models.BigAutoField.MAX_BIGINT:
        raise GraphQLError(f"Invalid {kind.lower()} ID")
    return int(number)


class Money(graphene.Scalar):  # type: ignore[misc] # graphene has no type hints
    """A decimal number, not rounded. Write `999.99` or `"999.99"`; answers are strings."""

    class Meta:
        name = "Decimal"

    @staticmethod
    def serialize(value: decimal.Decimal) -> str:
        """All digits, no exponent."""
        return f"{value:f}"

    @staticmethod
    def parse_value(value: Any) -> decimal.Decimal:
        """From a variable: a number or a text."""
        return _decimal(value)

    @classmethod
    def parse_literal(cls, node: Node, _variables: Any = None) -> decimal.Decimal:
        """From the text in the document, which a float would round."""
        if not isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
            raise GraphQLError(NO_NUMBER)
        return _decimal(node.value)


class Moment(graphene.Scalar):  # type: ignore[misc] # graphene has no type hints
    """
    An instant in ISO 8601: `2025-01-31T08:30:00+01:00`. Without an offset it is read in the server's
    time zone; `2025-01-31` alone is the start of that day.
    """

    class Meta:
        name = "DateTime"

    @staticmethod
    def serialize(value: datetime) -> str:
        """In the server's time zone, with the offset."""
        return timezone.localtime(value).isoformat()

    @staticmethod
    def parse_value(value: Any) -> datetime:
        """An aware datetime; a `Day` where there was only a date."""
        if not isinstance(value, str | datetime):
            raise GraphQLError(NO_MOMENT)
        return _moment(value)

    @classmethod
    def parse_literal(cls, node: Node, _variables: Any = None) -> datetime:
        """From the text in the document."""
        return cls.parse_value(node.value if isinstance(node, StringValueNode) else None)


class Day(datetime):
    """A date without a time. As the end of a period it means the whole day."""


def _decimal(value: Any) -> decimal.Decimal:
    text = str(value)  # the digits as sent: a float would round them
    if not NUMBER.fullmatch(text):
        raise GraphQLError(NO_NUMBER)
    number = decimal.Decimal(text)
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or max(len(digits), abs(exponent)) > MAX_DIGITS:
        raise GraphQLError(f"Write a number of at most {MAX_DIGITS} digits.")
    return number


def _moment(value: str | datetime) -> datetime:
    try:
        moment = _read(value) if isinstance(value, str) else value
    except ValueError as error:
        raise GraphQLError(NO_MOMENT) from error
    if not 1 < moment.year < 9999:  # in another zone the year could leave the range of datetime
        raise GraphQLError("The year must be after 1 and before 9999.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _read(text: str) -> datetime:
    try:
        return Day.combine(date.fromisoformat(text), time.min)
    except ValueError:
        return datetime.fromisoformat(text)


def _converter(scalar: type[graphene.Scalar]) -> Any:
    return lambda field, registry=None: scalar(
        description=get_django_field_description(field), required=not field.null
    )


def _form_converter(scalar: type[graphene.Scalar]) -> Any:
    return lambda field: scalar(required=field.required)


# The types of graphene-django would round a literal or lose the zone.
convert_django_field.register(models.DecimalField, _converter(Money))
convert_django_field.register(models.DateTimeField, _converter(Moment))
convert_form_field.register(forms.DecimalField, _form_converter(Money))
convert_form_field.register(forms.DateTimeField, _form_converter(Moment))
