"""What the server knows and how it answers, before any job has run."""

import pytest

from crm.jobs import jobs

from .app import App


def test_the_server_knows_every_job_and_its_schedule(app):
    """Mistake: schedules declared in a settings module that is never loaded."""
    listed = {job["name"]: job for job in app.send("GET", "/api/jobs").json()["jobs"]}
    assert {name: job["schedule"] for name, job in listed.items()} == {job.name: job.schedule for job in jobs}
    assert len(listed) == 12
    assert all(job["next_run_date"] for job in listed.values())


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_post_is_answered_where_it_is_sent(app, key, slash):
    """Mistake: trailing-slash redirects that turn POST into GET."""
    asking = App(app.url, app.folder, key)
    asked = asking.send("POST", f"/graphql{slash}", {"query": "{ hello }"})
    assert (asked.status, asked.json()) == (200, {"data": {"hello": "Hello, GraphQL!"}})
    triggered = app.send("POST", f"/api/jobs/log_heartbeat/run{slash}")
    assert (triggered.status, triggered.json()["job"]) == (200, "log_heartbeat")


def test_keys_open_graphql_and_tokens_the_jobs_and_neither_the_other(app, key):
    stats = {"query": "{ crmStats { totalCustomers } }"}
    assert app.send("POST", "/graphql", stats).status == 401
    asking = App(app.url, app.folder, key)
    assert asking.send("POST", "/graphql", stats).json() == {"data": {"crmStats": {"totalCustomers": 1000}}}
    assert asking.send("GET", "/api/jobs").status == 401
