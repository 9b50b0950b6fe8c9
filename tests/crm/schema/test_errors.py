import pytest
from django.core.exceptions import ValidationError
from graphql import GraphQLError, located_error

from crm.schema.errors import explained, is_unforeseen, reasons


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValidationError("Email already exists"), "Email already exists"),
        (ValidationError(["One", "Two"]), "One; Two"),
        (ValidationError({"name": ["Too long.", "Not nice."]}), "name: Too long.; name: Not nice."),
        (ValidationError({"__all__": ["Price must be positive"]}), "Price must be positive"),
        (ValidationError("At most %(most)s", params={"most": 5}), "At most 5"),
    ],
)
def test_reasons_name_the_field_where_they_belong_to_one(error, told):
    assert reasons(error) == told
    with pytest.raises(GraphQLError) as raised, explained():
        raise error
    assert raised.value.message == told


def test_other_errors_are_not_explained():
    with pytest.raises(KeyError), explained():
        raise KeyError("secret")


@pytest.mark.parametrize(
    ("error", "unforeseen"),
    [
        (GraphQLError("The document does not fit."), False),
        (GraphQLError("A variable does not.", original_error=ValueError("Not a number.")), False),
        (located_error(GraphQLError("No."), path=["hello"]), False),
        (GraphQLError("No.", path=["hello"]), False),
        (located_error(ValueError("secret"), path=["hello"]), True),
        (located_error(ValidationError("secret"), path=["hello"]), True),
        (TypeError("secret"), True),
    ],
)
def test_what_nobody_raised_to_be_read_is_unforeseen(error, unforeseen):
    assert is_unforeseen(error) is unforeseen
