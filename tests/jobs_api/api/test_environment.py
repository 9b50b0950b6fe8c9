"""A triggered job runs inside the app: nothing to set up for cron."""

import os
import sys

import pytest

pytestmark = pytest.mark.django_db


def test_a_job_has_the_environment_of_the_app(api, declare, toy, monkeypatch):
    """Pain 21: under cron the virtual environment, the variables and the settings are missing."""
    monkeypatch.setenv("SHOP_KEY", "from the service")
    toy(lambda command, **options: print(os.environ["SHOP_KEY"], sys.prefix))
    declare()
    run = api("POST", "/api/jobs/nightly/run").json()["run"]
    output = api("GET", f"{run['url']}/output").content.decode()
    assert output == f"from the service {sys.prefix}\n"
