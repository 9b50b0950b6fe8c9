import pytest
from graphql_relay import offset_to_cursor, to_global_id

from crm.cost import MAX_PAGE

from .local import page_refusal

pytestmark = pytest.mark.django_db
LATER = "`before` must be a later cursor than `after`."


@pytest.mark.parametrize("name", ["first", "last"])
@pytest.mark.parametrize("size", [MAX_PAGE + 1, 2**31 - 1, -1, -(2**31)])
def test_another_size_is_an_error_and_never_cut_short(name, size):
    told = page_refusal("allProducts", **{name: size})
    assert told == f"`{name}` must be from 0 to 100; for more, ask for the next page."


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "\x00", "\ud800", to_global_id("Product", "x"), offset_to_cursor(-1), "9" * 5000]
)
def test_a_malformed_cursor_is_an_error(name, cursor):
    told = page_refusal("allProducts", **{name: cursor})
    assert told == f"`{name}` must be a cursor that a page of this list has given."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"after": offset_to_cursor(2), "before": offset_to_cursor(2)}, LATER),
        ({"after": offset_to_cursor(10**30), "before": offset_to_cursor(0)}, LATER),
        ({"offset": -1}, "`offset` must be 0 or more."),
        ({"offset": 0, "before": offset_to_cursor(3)}, "Give `offset` or `before`, not both."),
    ],
)
def test_a_place_that_makes_no_sense_is_an_error(arguments, message):
    assert page_refusal("allProducts", **arguments) == message
