"""Off by default, and missing libraries: nothing happens, and a check says why."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from django.core.checks import run_checks

from jobs_api import tracing
from jobs_api.execution import around, process_end, telemetry

CODE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.toys.host_settings"
if "on" in sys.argv:
    import django.conf
    django.conf.settings.JOBS_API = {"OPENTELEMETRY": True}
if "missing" in sys.argv:
    sys.modules["opentelemetry"] = None
import django
django.setup()
from django.core.management import call_command
from jobs_api.execution import around
names = sorted(name for name in sys.modules if name.startswith("opentelemetry."))
print(names, [f"{each.__module__}.{each.__name__}" for each in around.attempt.wrappers])
if "missing" in sys.argv:
    call_command("check")
"""


def started(*words):
    return subprocess.run([sys.executable, "-c", CODE, *words], capture_output=True, text=True, timeout=60)


def test_a_project_that_does_not_switch_it_on_imports_nothing():
    done = started()
    assert (done.stdout, done.returncode) == ("[] []\n", 0)


def test_the_setting_starts_it_with_the_app():
    done = started("on")
    assert "'opentelemetry.trace'" in done.stdout
    assert "opentelemetry.sdk" not in done.stdout
    assert "attempts._span" in done.stdout


def test_without_the_library_it_runs_all_the_same_and_a_check_names_the_remedy():
    done = started("on", "missing")
    assert done.stdout == "[] []\n"
    assert "Nothing is traced." in done.stderr
    assert "jobs_api.E094" in done.stderr
    assert "pip install 'django-jobs-api[opentelemetry]'" in done.stderr


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_the_setting_is_true_or_false(settings, value):
    settings.JOBS_API = {"OPENTELEMETRY": value}
    (fault,) = [each for each in run_checks(tags=["jobs_api"]) if each.id == "jobs_api.E033"]
    assert fault.msg == f"JOBS_API['OPENTELEMETRY'] must be True or False, not {value!r}."


def test_a_library_that_cannot_be_used_stops_no_server(monkeypatch, caplog):
    def old():
        raise TypeError("create_histogram() got an unexpected keyword argument")

    monkeypatch.setattr(tracing, "start", old)
    tracing.start_if_installed()
    assert "Nothing is traced" in caplog.text


def test_started_twice_it_is_there_once(exported):
    tracing.start()
    assert len(around.attempt.wrappers) == 2
    assert process_end._left.count(telemetry.flush_all) == 1


class Hanging:
    """A provider whose exporter does not answer."""

    def __init__(self):
        self.over = threading.Event()

    def force_flush(self, timeout_millis):
        self.over.wait(60)

    def shutdown(self):
        """Would wait, too."""


def test_a_flush_that_hangs_ends_and_so_does_the_exit(monkeypatch, caplog):
    provider, unregistered = Hanging(), []
    monkeypatch.setattr(telemetry, "SECONDS", 0.05)
    monkeypatch.setattr(telemetry, "_hung", set())
    monkeypatch.setattr(telemetry, "_providers", lambda *kind: [provider])
    monkeypatch.setattr(telemetry.atexit, "unregister", unregistered.append)
    telemetry.flush_all()
    assert unregistered == [provider.shutdown] * 3
    telemetry.flush_all()  # a command does it, and then its interpreter
    assert caplog.text.count("what it had is lost") == 1
    provider.over.set()


def test_a_flush_that_raises_or_finds_no_thread_changes_nothing(monkeypatch):
    class Broken:
        def force_flush(self, timeout_millis):
            raise RuntimeError("a bug of an SDK")

    monkeypatch.setattr(telemetry, "_providers", lambda *kind: [Broken()])
    assert telemetry.flush(("a", "b"))

    def refuse(self):
        raise RuntimeError("can't start new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert telemetry.flush(("a", "b"))
