import pytest
from graphql import GraphQLError

from crm.graphql.client import ask
from crm.models import Customer
from crm.schema import schema
from crm.schema.permissions import require


def test_the_schema_of_this_process_answers():
    assert ask("{ hello }") == {"hello": "Hello, GraphQL!"}


def test_variables_are_passed_on():
    document = "query ($yes: Boolean!) { hello @include(if: $yes) }"
    assert ask(document, yes=False) == {}
    assert ask(document, yes=True) == {"hello": "Hello, GraphQL!"}


def test_a_document_that_does_not_match_the_schema_fails():
    with pytest.raises(GraphQLError, match="Cannot query field 'nothing'"):
        ask("{ nothing }")


def test_a_resolver_may_use_the_database(monkeypatch, db):
    """It may not inside an event loop, which is where gql would run it by itself."""
    field = schema.graphql_schema.query_type.fields["hello"]
    monkeypatch.setattr(field, "resolve", lambda *_: f"{Customer.objects.count()} customers")
    assert ask("{ hello }") == {"hello": "0 customers"}


def test_a_job_has_every_permission(monkeypatch):
    def resolve(_, info):
        require(info, "crm.change_product")
        return "allowed"

    monkeypatch.setattr(schema.graphql_schema.query_type.fields["hello"], "resolve", resolve)
    assert ask("{ hello }") == {"hello": "allowed"}
