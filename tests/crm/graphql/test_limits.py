import pytest
from graphql import build_schema, get_introspection_query, parse, validate

from crm.graphql.limits import MAX_DEPTH, RULES, DepthLimit
from crm.schema import schema

NESTED = build_schema("type Query { deeper: Query, hello: String }")
TOO_DEEP = f"A query may be at most {MAX_DEPTH} fields deep."


def told(document, against=NESTED, rules=RULES):
    return [error.message for error in validate(against, parse(document), rules)]


def nested(depth):
    return "{ deeper " * (depth - 1) + "{ hello }" + " }" * (depth - 1)


def test_a_document_may_be_as_deep_as_the_limit():
    assert told(nested(MAX_DEPTH)) == []


def test_a_deeper_document_is_refused():
    assert told(nested(MAX_DEPTH + 1)) == [TOO_DEEP]


def test_depth_cannot_hide_in_fragments():
    inner = f"fragment Half on Query {nested(8)}"
    assert told("{ deeper " * 8 + "{ ...Half }" + " }" * 8 + inner) == [TOO_DEEP]
    assert told("{ deeper " * 8 + "{ ... on Query " + nested(8) + "}" + " }" * 8) == [TOO_DEEP]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("{ ...Me } fragment Me on Query { deeper { ...Me } }", "Cannot spread fragment 'Me' within itself."),
        ("{ ...Nobody }", "Unknown fragment 'Nobody'."),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
    ],
)
def test_other_faults_are_still_told(document, fault):
    assert told(document) == [fault]


def test_fragments_that_double_are_each_looked_at_once():
    doubling = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(60))
    assert told("{ ...F0 } fragment F60 on Query { hello } " + doubling, rules=[DepthLimit]) == []


def test_graphiql_may_ask_for_the_schema():
    assert told(get_introspection_query(), against=schema.graphql_schema) == []
