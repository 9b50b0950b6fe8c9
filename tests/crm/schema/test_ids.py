import pytest
from graphql import GraphQLError
from graphql_relay import to_global_id
from hypothesis import assume, given
from hypothesis import strategies as st

from crm.schema.ids import pk_of

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
