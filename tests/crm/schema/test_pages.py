from itertools import pairwise

import pytest
from graphql_relay import offset_to_cursor, to_global_id

from crm.models import Customer, Product
from crm.schema.pages import MAX_PAGE

from ..factories import customer
from .local import data, page, page_refusal, values

pytestmark = pytest.mark.django_db
LATER = "`before` must be a later cursor than `after`."


@pytest.fixture
def products():
    """250 of them, of which many cost and number the same, with names that count up."""
    rows = [Product(name=f"Product {n:03}", price=1 + n % 3, stock=n % 7) for n in range(250)]
    return Product.objects.bulk_create(rows)


def names(**arguments):
    return values("allProducts", "name", **arguments)


def numbered(*numbers):
    return [f"Product {n:03}" for n in numbers]


def through(**arguments):
    """All pages, one after the other."""
    pages = [page("allProducts", **arguments)]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(page("allProducts", **arguments, after=pages[-1]["pageInfo"]["endCursor"]))
    return pages


# -- how much comes ---------------------------------------------------------------------------


def test_without_a_size_the_first_hundred_come_and_the_count_is_of_all(products):
    found = data("{ allProducts { totalCount pageInfo { hasNextPage } edges { node { name } } } }")[
        "allProducts"
    ]
    assert [edge["node"]["name"] for edge in found["edges"]] == numbered(*range(100))
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (250, True)


def test_the_count_is_of_what_fits_the_filter(products):
    assert page("allProducts", filter={"priceLte": 1}, first=5)["totalCount"] == 84


def test_a_count_alone_reads_no_rows(products, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert data("{ allProducts(first: 0) { totalCount } }") == {"allProducts": {"totalCount": 250}}


@pytest.mark.parametrize("size", [0, 1, 99, MAX_PAGE])
def test_a_page_is_as_long_as_asked_for(products, size):
    assert names(first=size) == numbered(*range(size))
    assert names(last=size) == numbered(*range(250 - size, 250))


# -- going through ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [None, 7, 50, 100])
@pytest.mark.parametrize("key", [None, "price", "-stock,price"])
def test_all_pages_together_give_each_row_once(products, size, key):
    pages = through(first=size, orderBy=key)
    ids = [edge["node"]["id"] for found in pages for edge in found["edges"]]
    assert len(ids) == 250
    assert set(ids) == {to_global_id("Product", row.pk) for row in products}
    assert {found["totalCount"] for found in pages} == {250}


@pytest.mark.parametrize("key", ["price", "-stock", "stock,-price"])
def test_rows_that_are_equal_by_the_keys_are_in_the_order_they_were_added(products, key):
    rows = [
        edge["node"]
        for found in through(wanted="id price stock name", orderBy=key)
        for edge in found["edges"]
    ]
    for one, two in pairwise(rows):
        if (one["price"], one["stock"]) == (two["price"], two["stock"]):
            assert one["name"] < two["name"]


def test_pages_can_be_read_backwards(products):
    end = page("allProducts", last=2)
    assert end["pageInfo"]["hasPreviousPage"]
    assert names(last=2, before=end["pageInfo"]["startCursor"]) == numbered(246, 247)


def test_cursors_and_offsets_say_where_a_page_begins(products):
    third = offset_to_cursor(2)
    assert names(first=2, after=third) == numbered(3, 4)
    assert names(before=third) == numbered(0, 1)
    assert names(after=third, before=offset_to_cursor(4)) == numbered(3)
    assert names(after=third, before=offset_to_cursor(3)) == []
    assert names(first=2, offset=3) == numbered(3, 4)
    assert names(first=2, offset=3, after=third) == numbered(6, 7)


@pytest.mark.parametrize("arguments", [{"after": offset_to_cursor(10**30)}, {"offset": 2**31 - 1}])
def test_past_the_end_there_is_nothing(products, arguments):
    found = page("allProducts", **arguments)
    assert (found["edges"], found["totalCount"], found["pageInfo"]["hasNextPage"]) == ([], 250, False)


def test_what_lies_between_two_cursors_is_a_page(products):
    assert names(after=offset_to_cursor(2), before=offset_to_cursor(5)) == numbered(3, 4)
    assert names(after=offset_to_cursor(2), before=offset_to_cursor(3)) == []


def test_an_empty_list_is_a_page_too():
    assert page("allCustomers") == {
        "totalCount": 0,
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


def test_a_hundred_rows_are_one_page():
    Customer.objects.bulk_create(Customer(name="A", email=f"{n}@example.com") for n in range(MAX_PAGE))
    assert not page("allCustomers")["pageInfo"]["hasNextPage"]
    customer()
    assert page("allCustomers")["pageInfo"]["hasNextPage"]


# -- what is no page --------------------------------------------------------------------------


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
