"""What `import jobs_api` offers: few names, and a current run that is inert outside of one."""

import os
import subprocess
import sys
from datetime import timedelta
from types import ModuleType

import pytest
from django.utils import timezone

import jobs_api
from jobs_api import Job, RunStopped, current_run


def test_the_root_exports_at_most_eight_names():
    for name in jobs_api.__all__:
        getattr(jobs_api, name)  # they are loaded on first use
    public = {
        name
        for name, value in vars(jobs_api).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set(jobs_api.__all__)
    assert len(public) <= 8
    assert {"Job", "current_run", "trigger", "run_due"} <= public


LAZY = """
import sys
import jobs_api
assert "django" not in sys.modules, "the package alone needs nothing"
for name in jobs_api.__all__:
    getattr(jobs_api, name)
loaded = {"django.db.models", "jobs_api.models", "pydantic", "ninja"} & set(sys.modules)
assert not loaded, loaded
try:
    jobs_api.trigger("nightly")
except RuntimeError as error:
    print(error)
"""


def test_its_names_are_loaded_without_settings_and_without_models():
    """A host imports them in its own models; only a call needs the apps to be ready."""
    plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    said = subprocess.run(
        [sys.executable, "-c", LAZY], env=plain, capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("jobs_api.trigger() was called before Django's apps were ready")


def test_the_current_run_is_inert_outside_of_a_run():
    run = current_run()
    assert not run
    assert (run.run_date, run.attempt, run.job_name) == (None, 0, "")
    run.progress(1, 2)
    run.check()
    assert (run.done, run.total) == (None, None)


@pytest.mark.django_db
def test_a_command_knows_its_run_and_nobody_else_does(api, declare, toy):
    seen = []

    def look(command, **options):
        run = current_run()
        seen.append((bool(run), run.job_name, run.run_date.isoformat(), run.attempt))

    toy(look)
    declare(schedule=None)
    day = f"{timezone.now() - timedelta(days=300):%Y-%m-%d}"
    api("POST", f"/api/jobs/nightly/run?run_date={day}T03:04:05Z")
    assert seen == [(True, "nightly", f"{day}T03:04:05+00:00", 1)]
    assert not current_run()


def test_a_command_that_is_stopped_learns_why():
    assert RunStopped("timeout").reason == "timeout"
    assert issubclass(RunStopped, Exception)
    assert Job("a").name == "a"
