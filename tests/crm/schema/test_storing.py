import pytest
from django.core.exceptions import ValidationError
from graphql import GraphQLError

from crm.schema.storing import explained, reasons


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
