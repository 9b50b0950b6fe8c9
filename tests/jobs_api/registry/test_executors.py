"""What is wrong with an executor, or with what a job asks of it, is a system check."""

from __future__ import annotations

import sys

import pytest
from django.core.checks import Error, Warning, run_checks
from django.core.exceptions import ImproperlyConfigured

from jobs_api import executors
from jobs_api.registry import discovery


def checked():
    return {message.id.removeprefix("jobs_api."): message for message in run_checks(tags=["jobs_api"])}


@pytest.fixture
def engine(monkeypatch):
    """``engine(faults=[...], cautions=[...])``: what the only executor says of any options."""

    def say(faults=(), cautions=()):
        executor = executors.Executor()
        executor.faults = lambda options: iter(faults)
        executor.cautions = lambda options: iter(cautions)
        monkeypatch.setattr(executors, "load", lambda name: executor)

    return say


def test_a_fault_is_shown_once_with_the_jobs_that_meet_it(declare, engine):
    engine(faults=[("it has no broker", "Set one.")])
    for name in ("a", "b", "c", "d"):
        declare(name)

    message = checked()["E043"]

    assert isinstance(message, Error)
    assert message.msg == "inline: it has no broker. Used by a, b, c and 1 more."
    assert message.hint == "Set one."


def test_an_executor_that_does_not_exist_is_shown_once_for_all_its_jobs(app, settings, monkeypatch):
    jobs = [f"Job({name!r}, executor='nomad')" for name in "abcde"]
    jobs = ", ".join([*jobs, "Job('f', executor='nmad')"])
    monkeypatch.setattr(discovery.apps, "get_app_configs", lambda: [app("shop", f"jobs = [{jobs}]")])
    with pytest.raises(ImproperlyConfigured):
        discovery.load(executors.fault)
    monkeypatch.undo()

    assert [message.msg for message in run_checks(tags=["jobs_api"])] == [
        "the executor 'nomad' does not exist. Used by a, b, c and 2 more.",
        "Job 'f' in shop.jobs: the executor 'nmad' does not exist.",
    ]


def test_a_caution_is_a_warning(declare, engine):
    engine(cautions=[("it runs in the request", "Use another.")])
    declare()

    message = checked()["W004"]

    assert isinstance(message, Warning)
    assert (message.msg, message.hint) == ("inline: it runs in the request. Used by nightly.", "Use another.")


def test_an_executor_that_nobody_uses_is_not_even_loaded(declare, monkeypatch):
    loaded = []
    monkeypatch.setattr(executors, "load", loaded.append)

    checked()

    assert loaded == []


@pytest.mark.parametrize(
    ("executor", "options", "text"),
    [
        ("inline", {"queue": "reports"}, "has no option 'queue'"),
        ("subprocess", {"queue": "reports"}, "has no option 'queue'"),
        ("subprocess", {"memory_mb": "many"}, "memory_mb='many' is not a size"),
        ("subprocess", {"memory_mb": True}, "memory_mb=True is not a size"),
        ("subprocess", {"memory_mb": 0}, "memory_mb=0 is not a size"),
    ],
)
def test_an_option_that_the_executor_does_not_take_is_an_error(declare, executor, options, text):
    declare(executor=executor, executor_options=options)
    assert text in checked()["E043"].msg


def test_the_settings_options_are_checked_with_the_jobs_own(declare, settings):
    settings.JOBS_API = {"EXECUTOR_OPTIONS": {"subprocess": {"memory_gb": 1}}}
    declare(executor="subprocess", executor_options={"memory_mb": 512})
    assert "has no option 'memory_gb'" in checked()["E043"].msg


def test_the_hint_names_the_place_where_an_unknown_option_stands(declare, settings):
    settings.JOBS_API = {"EXECUTOR_OPTIONS": {"inline": {"memory_gb": 1}}}
    declare("a", executor="inline")
    declare("b", executor="inline", executor_options={"queue": "x"})
    found = {message.msg: message.hint for message in run_checks(tags=["jobs_api"])}
    text = "inline: this executor has no option"
    assert found == {
        f"{text} 'memory_gb'. Used by a, b.": "Remove it from JOBS_API['EXECUTOR_OPTIONS']['inline'].",
        f"{text} 'queue'. Used by b.": "Remove it from executor_options.",
    }


def test_a_jobs_own_options_win_over_the_settings(declare, settings):
    settings.JOBS_API = {"EXECUTOR_OPTIONS": {"subprocess": {"memory_mb": 256}, "celery": {"queue": "x"}}}
    job = declare(executor="subprocess", executor_options={"memory_mb": 512})
    assert (job.routing, declare("b", executor="subprocess").routing) == (
        {"memory_mb": 512},
        {"memory_mb": 256},
    )


def test_options_for_an_executor_that_does_not_exist_are_an_error(settings):
    settings.JOBS_API = {"EXECUTOR_OPTIONS": {"celry": {}}}
    assert "'celry'" in checked()["E035"].msg


@pytest.mark.parametrize("value", [["celery"], {"celery": "queue"}, "celery"])
def test_executor_options_that_map_nothing_are_an_error(settings, value):
    settings.JOBS_API = {"EXECUTOR_OPTIONS": value}
    assert "EXECUTOR_OPTIONS" in checked()["E033"].msg


def test_a_drain_that_leaves_no_time_before_the_kill_is_an_error(settings):
    settings.JOBS_API = {"DRAIN_SECONDS": 5, "KILL_SECONDS": 5}
    assert "KILL_SECONDS" in checked()["E037"].msg
    settings.JOBS_API = {"DRAIN_SECONDS": 6, "KILL_SECONDS": 5}
    assert "E037" not in checked()


def test_a_process_of_its_own_needs_settings_that_it_can_import(declare, monkeypatch):
    monkeypatch.setattr("jobs_api.conf.settings_module", lambda: "")
    declare(executor="subprocess")
    assert "needs a settings module" in checked()["E043"].msg


def test_an_executor_that_this_system_cannot_import_is_an_error(declare, monkeypatch):
    monkeypatch.setattr(executors, "_loaded", {})
    monkeypatch.setitem(sys.modules, "jobs_api.executors.subprocess", None)  # as if `fcntl` were not there
    declare(executor="subprocess")

    text = "the executor 'subprocess' cannot be imported: ModuleNotFoundError: import of"
    assert text in checked()["E043"].msg
