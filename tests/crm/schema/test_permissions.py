from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from graphql import GraphQLError

from crm.graphql.client import LocalContext
from crm.schema import schema
from crm.schema.permissions import require, require_to_read

from ..factories import user

LOG_IN = "Log in, or send an API key"
BOTH = ("crm.add_order", "crm.view_order")


def asked_by(someone):
    return SimpleNamespace(context=SimpleNamespace(user=someone))


@pytest.mark.parametrize("ask", [require, require_to_read])
def test_nobody_is_asked_to_log_in(ask):
    for nobody in (asked_by(AnonymousUser()), SimpleNamespace(context=None)):
        with pytest.raises(GraphQLError, match=LOG_IN):
            ask(nobody, "crm.add_order")


@pytest.mark.parametrize("ask", [require, require_to_read])
def test_it_takes_every_permission(db, ask):
    ask(asked_by(user(*BOTH)), *BOTH)
    ask(asked_by(user(is_superuser=True)), *BOTH)
    for some in (["crm.add_order"], ["crm.view_order"], []):
        with pytest.raises(GraphQLError, match=r"You lack a permission: crm.add_order and crm.view_order\."):
            ask(asked_by(user(*some)), *BOTH)


def test_somebody_who_is_switched_off_has_none(db):
    with pytest.raises(GraphQLError, match="You lack a permission"):
        require(asked_by(user("crm.add_order", is_active=False)), "crm.add_order")


def test_a_job_of_this_process_may_do_everything():
    require(SimpleNamespace(context=LocalContext()), "crm.add_order")


def test_only_reading_is_open_and_only_in_development(settings):
    nobody = asked_by(AnonymousUser())
    settings.CRM_OPEN_READING = True
    with pytest.raises(GraphQLError, match=LOG_IN):
        require_to_read(nobody, "crm.view_order")
    settings.DEBUG = True
    require_to_read(nobody, "crm.view_order")
    with pytest.raises(GraphQLError, match=LOG_IN):
        require(nobody, "crm.add_order")


def test_without_a_context_the_schema_gives_its_greeting_only(db):
    assert schema.execute("{ hello }").data == {"hello": "Hello, GraphQL!"}
    (error,) = schema.execute("{ allCustomers { totalCount } }").errors
    assert LOG_IN in error.message
