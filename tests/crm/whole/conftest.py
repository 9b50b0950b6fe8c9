"""One database and one server for all tests of a module."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs_api.auth import tokens

from ..factories import user
from ..sampled import sampled
from .app import App
from .server import command, serve

TODAY = timezone.now().date()
SUNDAY = TODAY - timedelta(days=TODAY.isoweekday() % 7 + 7)
"""A past one, the night of the weekly clean-up; sample data counts back from its first moment."""


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A time of that Sunday, or so many days later."""
    return datetime(SUNDAY.year, SUNDAY.month, SUNDAY.day, hour, minute, tzinfo=UTC) + timedelta(days=days)


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker):
    """In place of pytest-django's: a thousand customers, and whatever tests add, to the module's end."""
    with sampled(django_db_blocker, day=SUNDAY):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the server writes."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def operator(db):
    """The secret of somebody who may do everything."""
    _, secret = tokens.create("operator", scopes=tokens.SCOPES, at=timezone.now())
    return secret


@pytest.fixture(scope="module")
def key(db, folder):
    """An API key, made on the command line, of a program that may read all and restock."""
    user("crm.view_customer", "crm.view_order", "crm.view_product", "crm.change_product", name="jobs")
    made = command(folder, "crm_api_key", "create", "--user", "jobs", "--name", "jobs elsewhere")
    return made.stdout.splitlines()[0]


@pytest.fixture(scope="module")
def app(operator, folder):
    """The app, as gunicorn.conf.py runs it."""
    with serve(folder) as url:
        yield App(url, folder, operator)
