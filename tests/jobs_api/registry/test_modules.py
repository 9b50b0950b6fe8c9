"""jobs.py of every app: found as Django finds admin.py, and what is wrong in it told in one go."""

import sys

import pytest
from django.apps import AppConfig

from jobs_api import registry
from jobs_api.registry import discovery


def ids(faults):
    return [fault.id.removeprefix("jobs_api.") for fault in faults]


def names():
    return [job.name for job in registry.jobs()]


def test_the_jobs_of_all_apps_are_found(app, load):
    apps = (
        app("shop", 'jobs = [Job("a"), Job("b")]'),
        app("mail", 'jobs = (Job("c"),)'),
        app("empty", "jobs = []"),
    )
    assert load(*apps) == []
    assert names() == ["a", "b", "c"]


def test_an_app_without_jobs_declares_none(app, load):
    assert load(app("shop", None)) == []
    assert names() == []


def test_an_app_that_is_a_single_module_declares_none(tmp_path, monkeypatch, load):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "lonely.py").touch()
    assert load(AppConfig.create("lonely")) == []
    monkeypatch.delitem(sys.modules, "lonely")


def test_a_name_in_two_apps_is_an_error_that_names_both(app, load):
    (fault,) = load(app("shop", 'jobs = [Job("a")]'), app("mail", 'jobs = [Job("a"), Job("b")]'))
    assert fault.id == "jobs_api.E003"
    assert all(word in fault.text for word in ("'a'", "shop.jobs", "mail.jobs"))
    assert names() == ["a", "b"]


def test_a_name_twice_in_one_app_is_an_error(app, load):
    assert ids(load(app("shop", 'jobs = [Job("a"), Job("a", timeout=1)]'))) == ["E003"]


BROKEN = {
    "syntax": ("jobs = [", "SyntaxError"),
    "import": ("import no_such_module", "no_such_module"),
    "name": ("jobs = [Jbo('a')]", "Jbo"),
    "wrong-keyword": ("jobs = [Job('a', scedule='0 3 * * *')]", "scedule"),
    "no-name": ("jobs = [Job()]", "name"),
    "assertion": ("assert 1 == 2, 'no'", "AssertionError"),
}


@pytest.mark.parametrize(("source", "named"), BROKEN.values(), ids=BROKEN.keys())
def test_a_module_that_cannot_be_imported_is_an_error_and_the_others_are_read(app, load, source, named):
    (fault,) = load(app("shop", source), app("mail", 'jobs = [Job("c")]'))
    assert fault.id == "jobs_api.E001"
    assert "shop.jobs" in fault.text
    assert named in fault.text
    assert fault.hint
    assert names() == ["c"]


def test_the_line_of_the_module_is_told(app, load):
    (fault,) = load(app("shop", "\n\njobs = [Job('a', scedule='0 3 * * *')]"))
    assert "line 4" in fault.text


def test_a_misspelt_field_is_named_with_the_right_one_and_what_it_hides(app, load):
    (fault,) = load(app("shop", "jobs = [Job('a'), Job('b', comand='x')]"))
    text = "shop.jobs cannot be imported, which hides all its jobs: Job has no field 'comand' (line 2)"
    assert (fault.id, fault.text, fault.hint) == ("jobs_api.E001", text, "Did you mean 'command'?")


def test_a_field_like_no_other_is_answered_with_those_there_are(app, load):
    (fault,) = load(app("shop", "jobs = [Job('a', zzzz=1)]"))
    assert fault.hint.startswith("Use one of name, command, call, args, ")


ITEMS = {
    "a-name": ('jobs = ["a"]', "'a'"),
    "a-class": ("jobs = [Job]", "Job"),
    "a-lazy-object": (
        "from django.utils.functional import SimpleLazyObject\njobs = [SimpleLazyObject(lambda: 1 / 0)]",
        "SimpleLazyObject",
    ),
    "an-object-that-cannot-be-shown": (
        "class Odd:\n    def __repr__(self):\n        raise RuntimeError\njobs = [Odd()]",
        "contains an object of the class Odd",
    ),
}


@pytest.mark.parametrize(("source", "named"), ITEMS.values(), ids=ITEMS.keys())
def test_what_is_no_job_in_our_list_is_an_error(app, load, source, named):
    (fault,) = load(app("shop", source))
    assert fault.id == "jobs_api.E002"
    assert named in fault.text
    assert names() == []


def test_all_errors_of_all_apps_are_told_at_once(app, load):
    apps = (
        app("shop", 'jobs = [Job("a", schedule="x"), Job("b", timeout=0, overlap="x"), Job("c")]'),
        app("mail", 'jobs = [Job("c"), "d"]'),
        app("post", "1 / 0"),
    )
    assert sorted(ids(load(*apps))) == ["E001", "E002", "E003", "E011", "E013", "E015"]
    assert names() == ["c"]  # what is wrong is never run


def test_loading_again_forgets_what_was_wrong(app, load):
    assert load(app("shop", 'jobs = [Job("a", timeout=0)]'))
    assert load(app("mail", 'jobs = [Job("c")]')) == []
    assert discovery.faults == []
