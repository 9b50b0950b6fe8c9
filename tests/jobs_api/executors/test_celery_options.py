"""What is wrong with a job's options for Celery, or with a host's Celery."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from jobs_api import executors

WRONG = {
    "countdown": 5,
    "queue": "",
    "routing_key": 3,
    "exchange": None,
    "priority": 10,
    "memory_mb": -1,
}


@pytest.mark.parametrize(("name", "value"), WRONG.items(), ids=WRONG)
def test_a_wrong_option_is_a_fault_that_names_it(use_celery, name, value):
    use_celery("redis://localhost")
    [(text, hint)] = executors.load("celery").faults({name: value})
    assert name in text
    assert hint


@pytest.mark.parametrize("value", [True, 1.5, "3"])
def test_a_priority_is_a_whole_number(use_celery, value):
    use_celery("redis://localhost")
    [(text, _)] = executors.load("celery").faults({"priority": value})
    assert "priority" in text


def test_right_options_are_no_faults(use_celery):
    use_celery("redis://localhost")
    options = {"queue": "q", "routing_key": "r.k", "priority": 0, "memory_mb": 512}
    assert list(executors.load("celery").faults(options)) == []
    assert list(executors.load("celery").cautions(options)) == []


def test_an_exchange_alone_is_a_caution_on_redis_where_only_a_queue_tells_its_type(use_celery):
    use_celery("redis://localhost")
    [(text, _)] = executors.load("celery").cautions({"exchange": "e", "routing_key": "r"})
    assert "exchange" in text
    use_celery("amqp://localhost")
    assert list(executors.load("celery").cautions({"exchange": "e", "routing_key": "r"})) == []


def test_no_broker_and_an_eager_celery_are_cautions(use_celery):
    app = use_celery(None)
    [(text, _)] = executors.load("celery").cautions({})
    assert "no broker" in text
    app.conf.task_always_eager = True
    assert "task_always_eager" in list(executors.load("celery").cautions({}))[1][0]


WITHOUT = """
import sys, importlib.util
sys.modules["celery"] = None
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "celery" else find(name, *more)
import django; django.setup()
from jobs_api import executors
import jobs_api.tasks
assert "jobs_api.executors.celery.worker" not in sys.modules
print(*executors.load("celery").faults({}), *executors.load("celery").cautions({}))
"""


def say(code):
    environment = {"DJANGO_SETTINGS_MODULE": "settings.test", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_where_celery_is_not_installed_a_fault_says_what_to_install():
    """So it is not imported before something is sent."""
    assert 'pip install "celery>=5.5"' in say(WITHOUT)
