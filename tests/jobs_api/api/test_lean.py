"""Ninja finds the view and documents it; it converts nothing, as there is nothing to convert."""

from __future__ import annotations

import pytest
from ninja.operation import Operation

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_request_and_no_answer_is_converted(api, declare, toy, monkeypatch):
    for name in ("_get_values", "_result_to_response"):
        monkeypatch.setattr(Operation, name, None)
    toy(lambda command, **options: None)
    declare()

    assert api("GET", "/api/health/live").status_code == 200
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert api("GET", "/api/jobs/nightly").status_code == 200
    assert api("GET", "/api/runs/0").status_code == 404
    assert api("PUT", "/api/run-due").status_code == 405
    assert api("POST", "/api/run-due", headers={"Authorization": "Bearer wrong"}).status_code == 401
