"""What is not used is not imported: Celery, Django Tasks, check-ins cost who uses them, and nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import django
import pytest
from django.conf import settings

LOOK = """
import json, sys
hidden, *names = sys.argv[1:]
if hidden:
    sys.modules[hidden] = None  # as if it were not installed
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["jobs_api"], ROOT_URLCONF="jobs_api.urls", USE_TZ=True, SECRET_KEY="-",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.core import checks
checks.run_checks()
import jobs_api.worker.delivery, jobs_api.triggers.due, jobs_api.urls
from jobs_api import executors
found = {}
for name in names:
    taker = executors.load(name)
    engines = {"celery", "django_tasks", "django.tasks"} & set(sys.modules)
    faults = list(taker.faults({})) if hidden else []
    testing = "jobs_api.testing" in sys.modules
    kind = type(taker).__module__
    admin = sorted({"jobs_api.admin", "django.contrib.admin"} & set(sys.modules))
    sending = sorted({"jobs_api.check_ins.outbox", "jobs_api.check_ins.monitors"} & set(sys.modules))
    ours = [name.removeprefix("jobs_api.") for name in sys.modules if name.startswith("jobs_api.")]
    rooms = ("metrics", "outgoing", "alerts.incidents", "alerts.channels.", "tracing.")
    told = sorted(name for name in ours if name.startswith(rooms))
    unused = {"told": told, "testing": testing, "admin": admin, "check_ins": sending}
    found[name] = {"engines": sorted(engines), "faults": faults, "is": kind, **unused}
print(json.dumps(found))
"""


def look(*executors: str, hidden: str = "") -> dict[str, dict[str, Any]]:
    """What a process has imported, and finds wrong, that has checked itself and loaded one after another."""
    told = subprocess.run(
        [sys.executable, "-c", LOOK, hidden, *executors],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_an_executor_imports_its_own_engine_only():
    found = look("inline", "subprocess", "celery", "django_tasks")
    assert {name: seen["is"] for name, seen in found.items()} == {
        name: f"jobs_api.executors.{name}" for name in found
    }
    engines = {name: set(seen["engines"]) - {"django.tasks"} for name, seen in found.items()}
    assert engines["inline"] == engines["subprocess"] == set()
    assert engines["celery"] <= {"celery"}
    assert engines["django_tasks"] - engines["celery"] <= {"django_tasks"}
    assert not any(seen["testing"] or seen["admin"] or seen["check_ins"] for seen in found.values())
    assert {name: seen["told"] for name, seen in found.items()} == {name: [] for name in found}


@pytest.mark.skipif(django.VERSION >= (6, 0), reason="Django has a Tasks framework of its own")
def test_a_backport_that_is_not_installed_is_a_fault_and_no_crash():
    found = look("django_tasks", hidden="django_tasks")["django_tasks"]["faults"]
    hint = 'pip install "django-tasks>=0.12", which is its backport; or Django 6.'
    assert found == [["this Django has no Tasks framework", hint]]
