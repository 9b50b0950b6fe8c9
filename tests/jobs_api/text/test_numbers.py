"""Numbers as callers write them: one reading for the query, the headers and the command line."""

import pytest

from jobs_api.text.numbers import amount, whole

WHOLE = {"0": 0, "7": 7, "007": 7, "200": 200, "201": None, "0200": None, "": None, "-1": None, "+1": None}
NO_DIGITS = ["1.0", "1e2", "1_0", " 1", "1 ", "1\n", "٣", "²", "nan", "0x1", "١٢"]


@pytest.mark.parametrize(("text", "number"), [*WHOLE.items(), *[(text, None) for text in NO_DIGITS]])
def test_a_whole_number_is_written_in_plain_digits_and_no_more_than_allowed(text, number):
    assert whole(text, 200) == number


def test_a_long_row_of_digits_is_not_even_read():
    assert whole("9" * 5000, 10**18 - 1) is None


AMOUNTS = {"0": 0, "2": 2, "0.5": 0.5, ".5": 0.5, "5.": 5, "1e-9": 1e-9, "1E3": 1000}
NO_AMOUNTS = ["", "-1", "+1", "nan", "inf", "1e999", "1_000", "٣", "1 ", "\n1", "0x1", "1e", "."]


@pytest.mark.parametrize(("text", "number"), [*AMOUNTS.items(), *[(text, None) for text in NO_AMOUNTS]])
def test_an_amount_is_finite_and_not_negative(text, number):
    assert amount(text) == number
