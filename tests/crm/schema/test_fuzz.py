"""Documents and bodies that nobody thought of: whatever comes, the answer is JSON and never a 500."""

import json
import os
from collections import Counter

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, queries

from crm import api_keys

from ..factories import user
from .generated import ANYTHING, PIECE, SDL, VARIABLES, scalars

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


# All of them on SQLite; on the other database only what depends on it is left to find.
SHARE = 5 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 1


def many(examples):
    """The same ones each time: a new one that fails should not stop somebody else's work."""
    quiet = list(HealthCheck)
    return settings(
        max_examples=examples // SHARE,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=quiet,
    )


@pytest.fixture
def ask(db):
    """Somebody who may do everything; `ask.seen` counts the statuses of the answers."""
    call_command("seed_crm", "--customers=20", "--date=2026-03-01", "--force", verbosity=0)
    key = api_keys.create(user(is_superuser=True), "fuzz", now=timezone.now())[1]
    client, seen = Client(headers={"authorization": f"Bearer {key}"}), Counter()

    def ask(body, kind="application/json"):
        answer = client.post("/graphql", body, content_type=kind)  # the client writes a dictionary as JSON
        assert answer.status_code in (200, 400), answer.content
        told = answer.json()
        assert told.keys() & {"data", "errors"}
        seen.update({answer.status_code: 1, "faultless": "errors" not in told})

    ask.seen = seen
    return ask


def test_queries_that_fit_the_schema(ask):
    @many(200)
    @given(queries(SDL, custom_scalars=scalars()))
    def fuzz(query):
        ask({"query": query})

    fuzz()
    assert ask.seen["faultless"]  # or it has looked at refusals only


def test_mutations_that_fit_the_schema(ask):
    @many(100)
    @given(mutations(SDL, custom_scalars=scalars()))
    def fuzz(query):
        ask({"query": query})

    fuzz()
    assert ask.seen["faultless"]


def test_documents_with_a_fault(ask):
    @many(50)
    @given(queries(SDL, custom_scalars=scalars(), mode=Mode.NEGATIVE))
    def fuzz(query):
        ask({"query": query})

    fuzz()
    assert ask.seen == {400: 50 // SHARE, "faultless": 0}


def test_documents_that_are_none(ask):
    @many(100)
    @given(st.lists(PIECE | st.text(max_size=3), max_size=30).map(" ".join))
    def fuzz(query):
        ask({"query": query})

    fuzz()


def test_variables_that_are_anything(ask):
    both = [st.tuples(st.just(document), of | ANYTHING) for document, of in VARIABLES.items()]

    @many(100)
    @given(st.one_of(both))
    def fuzz(documented):
        query, x = documented
        ask({"query": query, "variables": {"x": x}})

    fuzz()
    assert ask.seen["faultless"]


def test_bodies_that_are_anything(ask):
    named = st.dictionaries(st.sampled_from(["query", "variables", "operationName", "id"]), ANYTHING)
    texts = (ANYTHING | named).map(json.dumps) | st.text()
    kinds = st.sampled_from(
        ["application/json", "application/graphql", "application/x-www-form-urlencoded", "text/plain"]
    )

    @many(100)
    @given(texts.map(str.encode) | st.binary(), kinds)
    def fuzz(body, kind):
        ask(body, kind)

    fuzz()
