import ast
from pathlib import Path

import pytest
from graphql import parse, validate

import crm
from crm.graphql import client as documents
from crm.graphql.limits import RULES, refuse_long
from crm.schema import schema

DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper()}
MODULES = sorted(Path(crm.__file__).parent.rglob("*.py"))


def told(document):
    return [error.message for error in validate(schema.graphql_schema, parse(document), RULES)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_job_asks_fits_the_schema_and_its_limits(name):
    refuse_long(DOCUMENTS[name])
    assert told(DOCUMENTS[name]) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_field_that_the_schema_has_not_would_be_noticed(name):
    head, brace, rest = DOCUMENTS[name].rpartition(" }")
    assert any("unheardOf" in message for message in told(f"{head} unheardOf {brace}{rest}"))


def asked(source):
    """The first argument of each call of `ask`."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        call.args[0] for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) == "ask"
    ]


def test_all_that_is_asked_stands_in_one_place():
    """Elsewhere no test would hold it against the schema before a job does, at night."""
    found = [(path, ast.unparse(what)) for path in MODULES for what in asked(path.read_text())]
    assert found
    assert [(path, what) for path, what in found if what.removeprefix("documents.") not in DOCUMENTS] == []


@pytest.mark.parametrize("call", ['ask("{ hello }")', "client.ask(HELLO % 1)", 'x = [ask(f"{name}")]'])
def test_a_document_elsewhere_would_be_noticed(call):
    (what,) = asked(call)
    assert ast.unparse(what) not in DOCUMENTS
