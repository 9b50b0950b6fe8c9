import json
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from gql.transport.exceptions import TransportError, TransportQueryError
from graphql import GraphQLError

from crm.graphql.client import ask

from ..serving import serving

HELLO = {"hello": "Hello, GraphQL!"}
TOKEN = "a-key-that-nobody-may-see"


def answer(content, status=200, **headers):
    body = content if isinstance(content, str) else json.dumps(content)
    return status, headers, body.encode()


@pytest.fixture
def server(settings):
    with serving() as server:
        settings.CRM_GRAPHQL_URL, settings.CRM_GRAPHQL_TOKEN = f"{server.url}graphql", TOKEN
        server.answer = answer({"data": HELLO})
        yield server


def failure():
    """What is told of a request that fails."""
    with pytest.raises(TransportError) as told:
        ask("{ hello }")
    assert str(told.value).startswith("The server of CRM_GRAPHQL_URL failed: ")
    assert TOKEN not in str(told.value)
    return str(told.value)


def test_with_a_url_that_server_is_asked(server):
    assert ask("query ($yes: Boolean!) { hello @include(if: $yes) }", yes=True) == HELLO
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", "/graphql")
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(asked.body)["variables"] == {"yes": True}


def test_our_own_view_answers(server, settings):
    settings.CRM_GRAPHQL_TOKEN, settings.DEBUG, settings.CRM_OPEN_READING = "", True, True

    def view(asked):
        response = Client().post(asked.path, asked.body, asked.headers["Content-Type"])
        return response.status_code, {}, response.content

    server.answer = view
    assert ask("{ hello }") == HELLO


def test_a_netrc_file_does_not_take_the_place_of_the_token(server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask("{ hello }")
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_without_a_token_none_is_sent(server, settings):
    settings.CRM_GRAPHQL_TOKEN = ""
    ask("{ hello }")
    assert "Authorization" not in server.asked[0].headers


def test_a_token_that_no_header_can_carry_is_told_by_the_name_of_its_setting(server, settings):
    settings.CRM_GRAPHQL_TOKEN = "line\n"
    with pytest.raises(ImproperlyConfigured, match="CRM_GRAPHQL_TOKEN"):
        ask("{ hello }")
    assert server.asked == []


def test_a_document_that_does_not_match_the_schema_is_not_sent(server):
    with pytest.raises(GraphQLError, match="Cannot query field 'nothing'"):
        ask("{ nothing }")
    assert server.asked == []


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (answer("no", 401), "401 Client Error: Unauthorized"),
        (answer("<h1>Server Error</h1>", 500), "500 Server Error"),
        (answer("<h1>Welcome</h1>"), "Not a JSON answer: <h1>Welcome</h1>"),
        (answer(["a list"]), "did not return a GraphQL result"),
        (answer(None), "did not return a GraphQL result"),
        (answer("5"), "did not return a GraphQL result"),
        (answer({"data": None}), "did not return a GraphQL result"),
        (answer({"data": [1], "errors": []}), "did not return a GraphQL result"),
        (answer(f"<p>{TOKEN}</p>"), "(CRM_GRAPHQL_TOKEN)"),
    ],
)
def test_whatever_graphql_does_not_answer_is_a_failure(server, response, told):
    server.answer = response
    assert told in failure()
    assert len(server.asked) == 1  # it tries once


def test_errors_of_graphql_are_told(server):
    server.answer = answer({"errors": [{"message": "Log in."}], "data": {"hello": None}}, status=401)
    with pytest.raises(TransportQueryError, match=r"CRM_GRAPHQL_URL failed: Log in\.$"):
        ask("{ hello }")


def test_a_redirect_is_not_followed(server):
    server.answer = answer("", 302, Location=server.url)
    failure()
    assert len(server.asked) == 1


def test_a_long_page_is_told_of_in_short(server):
    server.answer = answer("x" * 100_000)
    assert len(failure()) < 400


def test_nobody_there_is_a_failure(settings, server):
    with serving() as gone:
        settings.CRM_GRAPHQL_URL = gone.url
    assert "Connection refused" in failure()


def test_a_silent_server_is_not_waited_for(settings, server):
    server.answer = server.silence
    settings.CRM_GRAPHQL_TIMEOUT = 0.2
    assert "timed out" in failure()


def test_a_password_in_the_address_is_not_told(settings, server):
    settings.CRM_GRAPHQL_URL = server.url.replace("//", "//somebody:secret@")
    server.answer = answer("no", 401)
    assert "secret" not in failure()


@pytest.mark.parametrize("url", ["localhost:8000/graphql", "ftp://localhost/graphql", "http://"])
def test_a_setting_that_is_no_http_address_is_a_failure(settings, server, url):
    settings.CRM_GRAPHQL_URL = url
    failure()


def test_the_certificate_of_the_server_is_verified():
    from crm.graphql.http import HTTPTransport

    assert HTTPTransport().verify is True


def test_what_http_takes_is_not_imported_without_a_url():
    code = (
        "import sys, django; django.setup(); from crm.graphql.client import ask; ask('{ hello }');"
        "sys.exit('gql.transport.requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
