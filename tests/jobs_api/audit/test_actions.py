"""Every action of an operator is recorded: who, from where, why, and with what result (pains 24 and 35)."""

from __future__ import annotations

import json
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import load_command_class

from jobs_api.admin import PAGES
from jobs_api.audit import ACTIONS
from jobs_api.auth import tokens
from jobs_api.runs import job_state
from tests.jobs_api import audit
from tests.jobs_api.audit.entries import NOON
from tests.jobs_api.audit.rows import Row, Scene, entries, fields

pytestmark = pytest.mark.django_db

TABLES = {
    module.name: import_module(f"{audit.__name__}.{module.name}")
    for module in pkgutil.iter_modules(audit.__path__)
    if module.name.startswith("of_")
}
ROWS = [(table.WHO, row) for table in TABLES.values() for row in table.ROWS]
UNRECORDED = {
    "POST /api/run-due": "it starts what is due in any case; each run says whose call it was",
    "jobs_run_due": "as over HTTP",
    "jobs_reap": "every trigger does the same; each run says so",
    "jobs_sync": "it brings rows of another scheduler in step with the code, with each deploy",
    "jobs_call": "it calls code of the host, as a shell would",
    "jobs_export": "it writes files, and no rows",
    "jobs_import": "it prints source",
    "jobs_list": "it reads",
    "jobs_show": "it reads",
    "jobs_audit": "it reads",
    "jobs_alert_test": "it sends a message",
}
"""What changes something and is no operator's action, or changes nothing; and why."""


@pytest.fixture
def scene(declare, api, toy, settings):
    """A host, and an operator with a token who calls from 203.0.113.7."""
    toy(lambda command, **options: None)
    _, secret = tokens.create("ops", scopes=tokens.SCOPES, at=NOON)

    def request(method: str, path: str, **extra: Any) -> Any:
        bearer = {"Authorization": f"Bearer {secret}"}
        return api(method, path, headers=bearer, REMOTE_ADDR="203.0.113.7", **extra)

    made = Scene(declare, request)
    job_state.know_all(at=NOON)
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 3650}
    return made


@pytest.mark.parametrize(("who", "row"), ROWS, ids=[str(row) for _, row in ROWS])
def test_it_is_recorded_with_who_from_where_why_and_the_result(scene, who: dict[str, Any], row: Row):
    before = {entry.pk for entry in entries()}
    row.act(scene)
    found = [entry for entry in entries() if entry.pk not in before]
    scene.look_again()
    assert [
        {name: getattr(entry, name) for name in {**fields(said, scene), **who}}
        for entry, said in zip(found, row.said, strict=True)
    ] == [{**fields(said, scene), **who} for said in row.said]
    for entry, said in zip(found, row.said, strict=True):
        assert {name: entry.details[name] for name in said.details} == said.details


def test_each_action_that_there_is_has_a_row():
    assert {said.action for _, row in ROWS for said in row.said} == set(ACTIONS)


def test_each_endpoint_that_changes_something_has_a_row(client):
    """A new one fails here until it has rows, or a reason to have none."""
    paths = json.loads(client.get("/api/openapi.json").content)["paths"]
    changing = {f"POST {path}" for path, methods in paths.items() if "post" in methods}
    assert {path for path, methods in paths.items() if methods.keys() & {"put", "patch", "delete"}} == set()
    assert changing == {row.by for _, row in ROWS if row.by.startswith("POST")} | posts(UNRECORDED)
    operating = {f"POST {path}" for path, each in paths.items() if "operate" in scopes(each.get("post", {}))}
    assert len(operating) >= 7
    assert not operating & UNRECORDED.keys()


def posts(known):
    return {name for name in known if name.startswith("POST")}


def scopes(operation):
    return operation.get("x-scopes", [])


def test_each_order_of_the_admin_has_a_row():
    orders = {
        f"admin {model.__name__} {order.name}" for model, page in PAGES.items() for order in page.orders
    }
    assert orders == {row.by for _, row in ROWS if row.by.startswith("admin ")}


def test_each_command_has_a_row():
    folder = Path(import_module("jobs_api.management.commands").__path__[0])
    commands = {path.stem for path in folder.glob("jobs_*.py")}
    recorded = {row.by for _, row in ROWS}
    assert commands == (recorded & commands) | (UNRECORDED.keys() & commands)
    assert not recorded & UNRECORDED.keys()
    for name in commands:
        assert load_command_class("jobs_api", name)
