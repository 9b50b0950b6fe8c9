import json
import logging

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.test import Client
from graphql import GraphQLError, get_introspection_query, located_error

from crm.graphql.limits import MAX_LENGTH, MAX_TOKENS
from crm.graphql.views import is_unforeseen
from crm.models import Customer
from crm.schema import schema

from ..asking import HELLO, key_with, post, told
from ..factories import user

both_paths = pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
INTERNAL = {"errors": [{"message": "Internal error"}]}


@pytest.fixture
def ask(client):
    return lambda query, path="/graphql", **variables: post(client, query, path=path, **variables)


@pytest.fixture
def send(client):
    """Send a body as it is."""
    return lambda body, kind="application/json": client.post("/graphql", body, content_type=kind)


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


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_other_methods_are_told_which_there_are(client, method):
    answer = getattr(client, method)("/graphql")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert answer.json()["errors"]


# -- what cannot be answered ------------------------------------------------------------------


@pytest.mark.parametrize(
    "document", ["{ nothing }", "{ hello", "mutation { hello }", "", 5, {"a": 1}, [None], "\0", "\ud800"]
)
def test_a_bad_document_is_the_callers_fault(ask, document):
    answer = ask(document)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_a_document_that_is_too_long_is_not_even_parsed(ask):
    answer = ask("{ hello }" + " " * MAX_LENGTH)
    assert answer.status_code == 400
    assert told(answer) == [f"`query` may have at most {MAX_LENGTH} characters."]


MANY = {
    "fields in fields": "{" + "a{a}" * 1_149 + "}",  # 4.6 KB, and a second to validate
    "fields": "{" + "hello " * 766 + "}",
    "aliases": "{" + "a:hello " * 570 + "}",
    "fragments": "{" + "...F " * 900 + "} fragment F on Query { hello }",
    "fragments in place": "{" + "...{hello}" * 450 + "}",
    "directives": "{hello " + "@skip(if:true) " * 300 + "}",
    "arguments": "{hello(" + "a:1 " * 1_100 + ")}",
    "deep lists": "{a(b:[" + ("[" * 25 + "]" * 25) * 40 + "])}",
    "numbers": "{a(b:[" + "1 " * 2_000 + "])}",
    "block strings": "{a(b:[" + '""""""' * 700 + "])}",
    "variables": "query(" + "$a:Int " * 600 + "){hello}",
    "operations": "{hello}" * 600,
    "no language at all": "!" * 4_600,
}


@pytest.mark.parametrize("way", ["JSON", "form", "GET", "GraphQL"])
@pytest.mark.parametrize("case", MANY)
def test_a_document_of_many_tokens_is_refused_before_it_is_parsed(client, monkeypatch, case, way):
    """Its validation takes the square of their number, and anybody may send it."""

    def never(*args, **options):
        raise AssertionError("It got too far.")

    monkeypatch.setattr("graphene_django.views.parse", never)
    document = MANY[case]
    assert len(document) <= MAX_LENGTH
    ways = {
        "JSON": lambda: post(client, document),
        "form": lambda: client.post("/graphql", {"query": document}),
        "GET": lambda: client.get("/graphql", {"query": document}),
        "GraphQL": lambda: client.post("/graphql", document, content_type="application/graphql"),
    }
    answer = ways[way]()
    assert answer.status_code == 400
    assert told(answer) == [
        f"Syntax Error: Document contains more than {MAX_TOKENS} tokens. Parsing aborted."
        if case != "no language at all"
        else "Syntax Error: Unexpected '!'."
    ]


@pytest.mark.parametrize("more", [0, 1])
def test_a_document_may_have_as_many_tokens_as_the_limit(ask, more):
    selection = " ".join(f"field{number}: hello" for number in range((MAX_TOKENS - 4) // 3))
    document = f"{{ {selection} hello hello {'hello ' * more}}}"  # 2 + 3 * 132 + 2 tokens
    assert ("tokens" in str(told(ask(document)))) is bool(more)


def test_commas_and_comments_are_not_tokens(ask):
    assert ask("{ hello" + "," * 4_000 + " }").status_code == 200
    assert ask("{ hello # " + "a" * 4_000 + "\n}").status_code == 200


@pytest.mark.parametrize("opener", ["{a", "{a(b:[", "{a(b:{c:", "query($a:[", "{...{", "[", "("])
@pytest.mark.parametrize("depth", [20, 100, 200, 400, MAX_LENGTH])
def test_a_document_that_is_nested_deeply_is_the_callers_fault(ask, opener, depth):
    closer = opener[::-1].translate(str.maketrans("{[(", "}])", "abcquery$:. "))
    for document in (opener * depth, opener * depth + "a" + closer * depth):
        answer = ask(document[:MAX_LENGTH])
        assert answer.status_code == 400
        assert answer.json()["errors"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b" ", "POST body sent invalid JSON."),
        (b"{", "POST body sent invalid JSON."),
        (b"[]", "The received data is not a valid JSON query."),
        (b'[{"query": "{ hello }"}]', "The received data is not a valid JSON query."),
        (b"null", "The received data is not a valid JSON query."),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'{"query": ' + b"1" * 5000 + b"}", "POST body sent invalid JSON."),
        (b'{"query": "{ hello }", "variables": [1]}', "`variables` must be an object."),
        (b'{"query": "{ hello }", "variables": "5"}', "`variables` must be an object."),
        (b'{"query": "{ hello }", "variables": "{"}', "Variables are invalid JSON."),
        (b'{"query": "{ hello }", "operationName": {"a": 1}}', "`operationName` must be text."),
        (b'{"query": ["{ hello }"]}', "`query` must be text."),
        (
            b'{"query": "{ hello }", "variables": {"a": ["\\ud800"]}}',
            "There is half a surrogate pair in the text.",
        ),
        (
            b'{"query": "{ hello }", "variables": {"\\udc00": 1}}',
            "There is half a surrogate pair in the text.",
        ),
        (
            b'{"query": "{ hello }", "variables": "{\\"a\\": \\"\\\\ud800\\"}"}',
            "There is half a surrogate pair in the text.",
        ),
    ],
)
def test_a_body_that_is_none_is_the_callers_fault(send, body, message):
    answer = send(body)
    assert (answer.status_code, told(answer)) == (400, [message])


@pytest.mark.parametrize("depth", [900, 1_000, 5_000, 100_000])
@pytest.mark.parametrize("around", ["%s", '{"query": "{ hello }", "variables": %s}'])
def test_json_that_is_nested_deeply_is_no_failure_of_ours(send, around, depth):
    for deep in ('{"a":' * depth, '{"a":' * depth + "1" + "}" * depth):
        answer = send(around % deep)
        assert answer.status_code in (200, 400)  # how deep is too deep is for Python to say
        assert answer.json()


@pytest.mark.parametrize("kind", ["application/graphql", "text/plain", "application/x-www-form-urlencoded"])
def test_bytes_that_are_no_text_are_the_callers_fault(send, kind):
    answer = send(b"query=\xff\xfe", kind)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_parameters_that_are_empty_are_none(send):
    body = {"query": "{ hello }", "variables": "", "operationName": ""}
    assert send(json.dumps(body)).json() == HELLO


# -- what goes wrong in here ------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """Let the resolver of `hello` raise."""
    field = schema.graphql_schema.query_type.fields["hello"]

    def fail(error):
        def resolve(*_):
            raise error

        monkeypatch.setattr(field, "resolve", resolve)

    return fail


@pytest.mark.parametrize(
    "error",
    [
        ValueError("secret"),
        DatabaseError("secret"),
        RecursionError("secret"),
        AssertionError("secret"),
        KeyError("secret"),
    ],
)
def test_what_nobody_foresaw_is_logged_and_not_told(ask, failing, caplog, error):
    failing(error)
    answer = ask("{ hello }")
    assert (answer.status_code, answer.json()) == (500, INTERNAL)
    (logged,) = [record for record in caplog.records if record.name == "crm.graphql.views"]
    assert (logged.levelno, logged.exc_info[1]) == (logging.ERROR, error)
    assert logged.exc_info[2] is not None


def test_it_is_not_told_beside_other_errors_and_data_either(ask, failing, django_user_model):
    failing(ValueError("secret"))
    answer = ask("{ crmStats { totalOrders } hello }")
    assert (answer.status_code, answer.json()) == (500, INTERNAL)


def test_a_refusal_is_told_in_words_with_its_place(ask, failing):
    failing(GraphQLError("No, thank you."))
    answer = ask("{ hello }")
    assert answer.status_code == 200
    assert answer.json()["errors"] == [
        {"message": "No, thank you.", "locations": [{"line": 1, "column": 3}], "path": ["hello"]}
    ]


def test_an_answer_that_is_none_is_a_failure(ask, monkeypatch):
    field = schema.graphql_schema.query_type.fields["hello"]
    monkeypatch.setattr(field, "resolve", lambda *_: None)
    assert ask("{ hello }").status_code == 500


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


# -- the schema itself, and GraphiQL ----------------------------------------------------------


def test_nobody_is_told_what_there_is(client, db):
    answer = post(client, get_introspection_query())
    assert answer.status_code == 400
    assert "introspection has been disabled" in told(answer)[0]


def test_whoever_may_read_is_told_what_there_is(client, db, settings):
    assert told(post(client, get_introspection_query(), key=key_with())) == []
    settings.DEBUG = settings.CRM_OPEN_READING = True
    assert told(post(client, get_introspection_query())) == []


GUESSES = [
    ("{ allCustomer { totalCount } }", {}),
    ("{ allOrders(filter: {customerNam: 1}) { totalCount } }", {}),
    ("query ($f: OrderFilter) { allOrders(filter: $f) { totalCount } }", {"f": {"customerNam": "a"}}),
]


@pytest.mark.parametrize(("document", "variables"), GUESSES)
def test_nobody_learns_names_by_guessing(client, db, document, variables):
    answer = post(client, document, **variables)
    assert answer.status_code == 400
    assert "Did you mean" in told(post(client, document, key=key_with(), **variables))[0]
    for name in ("Did you mean", "allCustomers", "customerName"):
        assert name not in answer.content.decode()


def graphiql(client):
    return client.get("/graphql", headers={"accept": "text/html"})


def test_graphiql_is_there_in_development(client, settings):
    settings.DEBUG = settings.CRM_GRAPHIQL = True
    assert b"GraphiQL" in graphiql(client).content


def test_graphiql_says_what_it_lacks_without_the_internet(client, settings):
    """Its scripts have failed by then: the text is shown unless they have arrived."""
    settings.DEBUG = settings.CRM_GRAPHIQL = True
    page = graphiql(client).content.decode()
    assert "GraphiQL could not be loaded" in page
    assert page.index("cdn.jsdelivr.net") < page.index('.hidden = "GraphiQL" in window')
    assert "curl http://testserver/graphql" in page


@pytest.mark.parametrize(("debug", "setting"), [(False, True), (True, False), (False, False)])
def test_graphiql_is_not_there_otherwise(client, settings, debug, setting):
    settings.DEBUG, settings.CRM_GRAPHIQL = debug, setting
    answer = graphiql(client)
    assert answer.status_code == 400
    assert b"GraphiQL" not in answer.content


# -- reading ----------------------------------------------------------------------------------


READ = "{ allCustomers { totalCount } }"


def test_reading_is_open_in_development_only(client, db, settings):
    settings.CRM_OPEN_READING = True
    assert told(post(client, READ)) == ["Log in, or send an API key as `Authorization: Bearer ...`."]
    settings.DEBUG = True
    assert told(post(client, READ)) == []


def test_changing_is_not_open_in_development_either(client, db, settings):
    settings.DEBUG = settings.CRM_OPEN_READING = True
    post(client, 'mutation { createCustomer(input: {name: "A", email: "a@example.com"}) { message } }')
    assert not Customer.objects.exists()


def test_reading_takes_a_permission(client, db):
    assert told(post(client, READ, key=key_with())) == ["You lack a permission: crm.view_customer."]
    assert told(post(client, READ, key=key_with("crm.view_customer"))) == []
    client.force_login(user("crm.view_customer"))
    assert told(post(client, READ)) == []
