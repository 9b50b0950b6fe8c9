"""The reference project's Celery: one variable names the broker, without it nothing is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

LOOK = """
import json, os, sys
import django
django.setup()
from django.conf import settings
from jobs_api.conf import config
found = {"loaded": "celery" in sys.modules, "executor": config().executor}
if found["loaded"]:
    from celery import current_app
    current_app.loader.import_default_modules()
    names = ("broker_url", "task_queue_max_priority", "task_default_priority", "worker_prefetch_multiplier",
             "task_acks_late", "task_default_queue", "result_backend")
    found |= {name: current_app.conf[name] for name in names}
    found |= {"task": "jobs_api.attempt" in current_app.tasks, "main": current_app.main}
    with current_app.connection_for_write() as connection:
        found |= {"options": connection.transport_options, "transport": connection.transport.driver_type}
    queue = current_app.amqp.queues[current_app.conf.task_default_queue]
    found |= {"arguments": queue.queue_arguments}
print(json.dumps(found))
"""


def look(**variables):
    """What a process of the project finds with such variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "settings.test", **variables}
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_a_broker_celery_is_not_even_imported():
    assert look() == {"loaded": False, "executor": "inline"}


@pytest.mark.parametrize("scheme", ["rediss", "amqp"])
def test_the_brokers_address_is_all_that_it_takes(scheme):
    url = f"{scheme}://broker.example.com/0"
    found = look(CELERY_BROKER_URL=url, CELERY_QUEUE="jobs")

    assert (found["broker_url"], found["main"], found["task"]) == (url, "settings", True)
    assert found["transport"] == ("redis" if scheme.startswith("redis") else "amqp")
    expected = {"task_acks_late": True, "worker_prefetch_multiplier": 1, "task_default_queue": "jobs"}
    assert {name: found[name] for name in expected} == expected
    assert (found["result_backend"], found["task_default_priority"]) == (None, 5)
    if scheme.startswith("redis"):
        assert found["options"]["priority_steps"] == list(range(10))
        assert found["options"]["visibility_timeout"] == 300
        assert found["task_queue_max_priority"] is None
    else:
        assert (found["task_queue_max_priority"], found["arguments"]) == (10, {"x-max-priority": 10})


def test_a_worker_that_is_told_nothing_runs_as_in_production():
    code = "import settings.celery, os; print(os.environ['DJANGO_SETTINGS_MODULE'])"
    environment = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", code]
    told = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == "settings.production\n"
