import json

import pytest
from django.test import Client

from crm.limits import MAX_LENGTH

HELLO = {"data": {"hello": "Hello, GraphQL!"}}
both_paths = pytest.mark.parametrize("path", ["/graphql", "/graphql/"])


@pytest.fixture
def ask(client):
    def ask(query, path="/graphql"):
        return client.post(path, json.dumps({"query": query}), content_type="application/json")

    return ask


@both_paths
def test_hello_is_answered_on_both_paths_without_a_redirect(ask, path):
    answer = ask("{ hello }", path)
    assert (answer.status_code, answer.json()) == (200, HELLO)


@both_paths
def test_hello_is_answered_to_get(client, path):
    assert client.get(path, {"query": "{ hello }"}).json() == HELLO


def test_clients_without_a_csrf_token_are_served():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/graphql", {"query": "{ hello }"}).json() == HELLO


@pytest.mark.parametrize(
    "document", ["{ nothing }", "{ hello", "mutation { hello }", "", 5, {"a": 1}, [None]]
)
def test_a_bad_document_is_the_callers_fault(ask, document):
    answer = ask(document)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_a_document_that_is_too_long_is_not_even_parsed(ask):
    answer = ask("{ hello }" + " " * MAX_LENGTH)
    assert answer.status_code == 400
    assert "at most" in answer.json()["errors"][0]["message"]


def test_graphiql_is_there_in_development(client, settings):
    settings.DEBUG = True
    assert b"GraphiQL" in client.get("/graphql", headers={"accept": "text/html"}).content


def test_graphiql_is_not_there_in_production(client):
    answer = client.get("/graphql", headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert b"GraphiQL" not in answer.content
