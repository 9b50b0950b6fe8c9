"""Jobs that call something instead of a command: no function needs a wrapper command."""

from __future__ import annotations

import sys
from datetime import date

import pytest
from django.core.checks import Error, Warning, run_checks
from django.core.management import CommandError
from pydantic import BaseModel

from jobs_api import Job
from jobs_api.arguments.calling import CallValues, call
from jobs_api.arguments.faults import faults
from jobs_api.models import State
from jobs_api.registry.validation import check
from tests.conftest import NOON
from tests.jobs_api.execution.attempts import output_of, performed
from tests.toys import calls

HERE = "tests.toys.calls"


def of(name, **fields):
    return Job("nightly", call=f"{HERE}.{name}", schedule="0 3 * * *", **fields)


@pytest.fixture(autouse=True)
def nothing_heard():
    calls.heard.clear()


# -- what it calls ----------------------------------------------------------------------------

CALLABLES = {
    "a function": ("adds", [1], {"other": 2}, "3\n"),
    "a partial": ("add_seven", [], {"other": 2}, "9\n"),
    "a coroutine function": ("awaits", [], {"name": "z"}, "z 1\n"),
    "a partial of one": ("awaits_y", [], {}, "y 1\n"),
    "a method, on a new object": ("Cleaner.do", ["rooms"], {}, "made: rooms\n"),
    "a class method": ("Cleaner.of_class", [], {}, "Cleaner\n"),
    "a static method": ("Cleaner.static", [], {}, "static\n"),
    "an object": ("cleaner", [], {"what": "x"}, "made: x\n"),
    "a method of an object": ("cleaner.do", [], {}, "made: all\n"),
    "a shared task": ("task", [1], {}, "3\n"),
    "a bound shared task": ("bound_task", [4], {}, "another.name 4 True\n"),
    "what uses the database": ("counts_rows", [], {}, "1\n"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", CALLABLES)
def test_a_run_calls_it_with_args_and_options(case):
    name, args, options, printed = CALLABLES[case]
    job = of(name, args=args, options=options)
    run = performed(job)
    assert (run.state, output_of(run)) == (State.SUCCEEDED, printed)
    assert faults(job) == []


@pytest.mark.django_db
def test_it_knows_its_run():
    assert output_of(performed(of("knows_its_run"))) == f"nightly {NOON.isoformat(' ')} 1\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [(0, "succeeded", ""), (None, "succeeded", ""), (3, "failed", "exit"), ("no", "failed", "exit")],
)
def test_an_exit_is_a_success_only_with_0(status, state, reason):
    run = performed(of("exits", args=[status]))
    assert (run.state, run.reason) == (state, reason)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["fails", "breaks_a_statement"])
def test_an_exception_fails_the_run_with_its_own_name_and_traceback(name):
    run = performed(of(name))
    assert (run.state, run.reason) == (State.FAILED, "error")
    assert f"in {name}" in output_of(run)
    assert "CommandError" not in run.error


RETURNED = {
    "text": "done\n",
    "empty": "",
    "number": "12\n",
    "pair": "(5, {'shop.Order': 5})\n",
    "nothing": "",
    "lazy": "",
    "unprintable": "",
    "long": f"['{'x' * 998}\n",
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", RETURNED)
def test_what_it_returns_is_printed_where_that_needs_no_database_and_never_fails_the_run(what):
    run = performed(of("returns", args=[what]))
    printed = RETURNED[what] if what != "empty" else "\n"
    assert (run.state, output_of(run)) == (State.SUCCEEDED, printed)


# -- values -----------------------------------------------------------------------------------


class Params(BaseModel):
    names: list[str] = []
    when: date | None = None
    path: str = "x"
    stdout: int = 0
    args: int = 0
    verbosity: int = 9
    command_name: str = ""


NASTY = {
    "names": ["a", "--delete", "--kwargs={}"],
    "path": "-h",
    "stdout": 5,
    "args": 2,
    "command_name": "flush",
}


@pytest.mark.django_db
def test_what_a_caller_sends_arrives_as_values_and_never_as_a_command_line():
    job = of("tidy", params=Params, args=["--json", "x=1", 5], options={"kwargs": "{}", "words": ["--"]})
    run = performed(job, options={**NASTY, "when": "2026-11-20"})
    assert run.state == State.SUCCEEDED, output_of(run)
    fixed = {"kwargs": "{}", "words": ["--"]}
    assert calls.heard == [
        (("--json", "x=1", 5), {**NASTY, "when": date(2026, 11, 20), "verbosity": 9, **fixed})
    ]


@pytest.mark.django_db
def test_an_option_that_another_version_of_the_job_took_fails_the_run_before_anything_is_called():
    run = performed(of("tidy", params=Params), options={"dry_run": True})
    assert run.state == State.FAILED
    assert "dry_run" in run.error
    assert calls.heard == []


@pytest.mark.django_db
def test_over_http_only_declared_values_reach_it(api, declare):
    declare(command="", call=f"{HERE}.tidy", params=Params)
    said = [
        api("POST", "/api/jobs/nightly/run", json={"options": {key: "os.system"}}).status_code
        for key in ("call", "values", "function", "kwargs")
    ]
    assert said == [422] * 4
    assert api("POST", "/api/jobs/nightly/run", json={"call": "os.system"}).status_code == 422
    assert calls.heard == []
    assert api("POST", "/api/jobs/nightly/run", json={"options": {"names": ["--x"]}}).status_code == 200
    assert calls.heard[0][1]["names"] == ["--x"]


def test_it_is_called_from_python_with_the_same_words():
    assert call(f"{HERE}.adds", CallValues([1], {"twice": True})) == 4


# -- what is wrong with it --------------------------------------------------------------------

WRONG = {
    "a module that is none": ("tests.toy.calls.tidy", "E045", "tests has no 'toy'", "Did you mean 'toys'?"),
    "an unknown package": ("tsts.toys", "E045", "there is no module 'tsts'", "Did you mean 'tests'?"),
    "an unknown name": (f"{HERE}.tidi", "E045", "has no 'tidi'", "Did you mean 'tidy'?"),
    "an unknown method": (f"{HERE}.Cleaner.doo", "E045", "Cleaner has no 'doo'", "Did you mean 'do'?"),
    "a module": (HERE, "E045", "is a module", "Name what it should call: "),
    "a class": (
        f"{HERE}.Cleaner",
        "E045",
        "is a class",
        "Name a method of it: do, of_class, static, takes_all.",
    ),
    "a number": (f"{HERE}.number", "E045", "cannot be called", "shop.tasks.tidy"),
    "a generator": (f"{HERE}.yields", "E045", "is a generator", "loop over it"),
    "an asynchronous one": (f"{HERE}.yields_async", "E045", "is a generator", "loop over it"),
    "an object that cannot be made": (f"{HERE}.Needy.do", "W040", "missing 1 required", "import tests.toys"),
    "a task that a queue would take": ("huey.contrib.fake.tidy", "E045", "has no", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_check_says_what_cannot_be_called_and_what_to_write(declare, case):
    path, number, text, hint = WRONG[case]
    declare(command="", call=path)
    (message,) = [found for found in run_checks(tags=["jobs_api"]) if found.id[9:] == number]
    assert isinstance(message, Warning if number == "W040" else Error)
    assert text in message.msg
    assert hint in message.hint
    assert "'nightly'" in message.msg


VALUES = {
    "too few": ({}, "E042", "missing a required argument: 'one'"),
    "too many": ({"args": [1, 2, 3]}, "E042", "too many positional arguments"),
    "twice": ({"args": [1], "options": {"one": 2}}, "E042", "multiple values for argument 'one'"),
    "an unknown one": ({"args": [1], "options": {"othr": 2}}, "E041", "no parameter 'othr'"),
}


@pytest.mark.parametrize("case", VALUES)
def test_the_check_holds_the_values_against_the_signature_and_so_does_the_run(case):
    fields, number, text = VALUES[case]
    (found,) = faults(of("adds", **fields))
    assert found[0] == number
    assert text in found[1]
    with pytest.raises(CommandError, match="adds: "):
        call(f"{HERE}.adds", CallValues(fields.get("args", ()), fields.get("options", {})))


class One(BaseModel):
    one: int


class Othr(BaseModel):
    othr: int = 1


@pytest.mark.parametrize(
    ("name", "fields", "numbers"),
    [
        ("adds", {"params": One, "schedule": None}, []),
        ("adds", {"params": Othr, "args": [1]}, ["E041"]),
        ("only_positional", {"options": {"one": 1}}, ["E041"]),
        ("only_positional", {"args": [1]}, []),
        ("task", {}, ["E042"]),
        ("bound_task", {"args": [1]}, []),
        ("bound_task", {"args": [None, 1]}, ["E042"]),
        ("Cleaner.do", {"args": [None, 1]}, ["E042"]),
        ("Cleaner.takes_all", {"options": {"cls": 1, "path": "os.system", "values": [1]}}, []),
        ("Cleaner.takes_all", {"options": {"self": 1}}, ["E041"]),
        ("add_seven", {"args": [1, 2]}, ["E042"]),
    ],
)
def test_params_and_every_kind_of_callable_are_checked(name, fields, numbers):
    job = Job("nightly", call=f"{HERE}.{name}", **fields)
    assert [number for number, *_ in faults(job)] == numbers


def test_the_hint_of_an_unknown_value_names_the_near_one_or_the_signature():
    assert faults(of("adds", args=[1], options={"othr": 2}))[0][2] == "Did you mean 'other'?"
    assert (
        faults(of("adds", args=[1], options={"q": 2}))[0][2] == "It accepts (one, other=1, *, twice=False)."
    )


def test_the_hint_of_a_value_that_goes_by_position_only_says_where_to_put_it():
    told = "by position: in `args`, not in `options` or `params`."
    assert told in faults(of("only_positional", options={"one": 1}))[0][2]


def test_a_generator_that_a_function_returns_fails_the_run():
    with pytest.raises(CommandError, match="returned a generator"):
        call(f"{HERE}.hides_a_generator", CallValues())


CELERY = "from celery import Celery\napp = Celery('toy', set_as_current=False)\n@app.task\ndef tidy(): pass\n"
QUEUES = {
    "huey": ("from huey import MemoryHuey\n@MemoryHuey().task()\ndef tidy(): pass\n", "tidy.call_local"),
    "background": (
        "class TaskProxy:\n  now = __call__ = dir\n  __module__ = 'background_task.tasks'\ntidy=TaskProxy()",
        "tidy.now",
    ),
    "django": ("class Task:\n    def call(self): pass\ntidy = Task()\n", "tidy.call"),
}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_task_that_would_only_be_enqueued_is_refused_with_what_runs_it(tmp_path, monkeypatch, queue):
    code, right = QUEUES[queue]
    (tmp_path / f"toy_{queue}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    ((number, text, hint),) = faults(Job("nightly", call=f"toy_{queue}.tidy"))
    assert (number, "only enqueue" in text, hint) == ("E045", True, f'Write "toy_{queue}.{right}".')
    assert faults(Job("nightly", call=f"toy_{queue}.{right}")) == []
    monkeypatch.delitem(sys.modules, f"toy_{queue}")


MESSAGES = {
    "celery": (CELERY, "tidy.delay", "tidy"),
    "celery's own options": (CELERY, "tidy.apply_async", "tidy"),
    "celery, which keeps the exception": (CELERY, "tidy.apply", "tidy"),
    "celery after a commit": (CELERY, "tidy.delay_on_commit", "tidy"),
    "huey": (
        "from huey import MemoryHuey\n@MemoryHuey().task()\ndef tidy(): pass\n",
        "tidy.schedule",
        "tidy.call_local",
    ),
    "dramatiq": (
        (
            "import dramatiq\nfrom dramatiq.brokers.stub import StubBroker\n"
            "@dramatiq.actor(broker=StubBroker())\ndef tidy(): pass\n"
        ),
        "tidy.send",
        "tidy",
    ),
    "procrastinate": (
        (
            "from procrastinate import App, testing\napp = App(connector=testing.InMemoryConnector())\n"
            "@app.task\ndef tidy(): pass\n"
        ),
        "tidy.defer",
        "tidy",
    ),
    "django-tasks": ("from django_tasks import task\n@task\ndef tidy(): pass\n", "tidy.enqueue", "tidy.call"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_a_method_that_only_sends_a_message_is_refused_with_what_runs_the_task(tmp_path, monkeypatch, case):
    """The run would have succeeded, with nothing done, and perhaps with no worker to do it."""
    code, wrong, right = MESSAGES[case]
    (tmp_path / "toy_messages.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        ((number, text, hint),) = faults(Job("nightly", call=f"toy_messages.{wrong}"))
        assert (number, "only enqueue" in text, hint) == ("E045", True, f'Write "toy_messages.{right}".')
        assert faults(Job("nightly", call=f"toy_messages.{right}")) == []
        with pytest.raises(CommandError, match="only enqueue"):
            call(f"toy_messages.{wrong}", CallValues())
    finally:
        sys.modules.pop("toy_messages", None)


@pytest.mark.parametrize("name", ["later", "partly", "app.send_task", "async_task"])
def test_other_names_of_what_only_enqueues_are_refused_too(tmp_path, monkeypatch, name):
    more = "import functools\nlater = tidy.delay\npartly = functools.partial(tidy.apply_async)\n"
    queue = "def async_task(func): pass\nasync_task.__module__ = 'django_q.tasks'\n"
    (tmp_path / "toy_others.py").write_text(CELERY + more + queue)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        ((number, text, _),) = faults(Job("nightly", call=f"toy_others.{name}"))
        assert (number, "only enqueue" in text) == ("E045", True)
    finally:
        sys.modules.pop("toy_others", None)


BROKEN = {
    "a package that is missing": ("import no_such_package", "ModuleNotFoundError: No module named"),
    "a name that is missing": ("from os import no_such_name", "ImportError: cannot import name"),
    "a bug": ("1 / 0", "ZeroDivisionError"),
    "an exit": ("import sys; sys.exit(0)", "exits while it is imported"),
    "an exit with a status": ("import sys; sys.exit(2)", "SystemExit: 2"),
    "a line that is no Python": ("def (", "SyntaxError"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_module_that_cannot_be_imported_here_is_a_warning_and_fails_the_run(tmp_path, monkeypatch, case):
    code, text = BROKEN[case]
    (tmp_path / "toy_broken.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    ((number, said, hint),) = faults(Job("nightly", call="toy_broken.tidy"))
    assert (number, text in said, "import toy_broken" in hint) == ("W040", True, True)
    with pytest.raises((Exception, SystemExit)) as raised:
        call("toy_broken.tidy", CallValues())
    assert getattr(raised.value, "code", 1) != 0
    sys.modules.pop("toy_broken", None)


@pytest.mark.django_db(transaction=True)
def test_a_module_that_asks_a_database_that_refuses_is_a_warning(tmp_path, monkeypatch):
    code = "from django.db import connection\nconnection.cursor().execute('SELECT 1 FROM no_such_table')"
    (tmp_path / "toy_asking.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    ((number, said, _),) = faults(Job("nightly", call="toy_asking.tidy"))
    assert (number, "no_such_table" in said) == ("W040", True)


def test_nothing_is_imported_before_it_is_called_or_checked(tmp_path, monkeypatch):
    (tmp_path / "toy_late.py").write_text("def tidy(): pass")
    monkeypatch.syspath_prepend(tmp_path)
    job = Job("nightly", call="toy_late.tidy")
    assert list(check(job, "shop.jobs", lambda name: None)) == []
    assert "toy_late" not in sys.modules
    assert faults(job) == []
    assert "toy_late" in sys.modules
    monkeypatch.delitem(sys.modules, "toy_late")


FIELDS = {
    "no dot": ({"call": "tidy"}, "is not a dotted path"),
    "a relative one": ({"call": ".tasks.tidy"}, "is not a dotted path"),
    "words": ({"call": "shop.tasks.tidy now"}, "is not a dotted path"),
    "an option": ({"call": "--help.me"}, "is not a dotted path"),
    "a colon": ({"call": "shop.tasks:tidy"}, "is not a dotted path"),
    "empty": ({"call": ""}, "is not a dotted path"),
    "no text": ({"call": print}, "is not a dotted path"),
    "both": ({"call": "shop.tasks.tidy", "command": "toy"}, "both command='toy' and call='shop.tasks.tidy'"),
    "what is called by choice of a caller": ({"command": "jobs_call", "params": Params}, "could choose"),
}


@pytest.mark.parametrize("case", FIELDS)
def test_a_wrong_field_is_found_at_start_up(case):
    fields, text = FIELDS[case]
    (fault,) = check(Job("nightly", **fields), "shop.jobs", lambda name: None)
    assert (fault.id, text in fault.text, bool(fault.hint)) == ("jobs_api.E025", True, True)


def test_a_job_that_calls_has_the_command_for_it_and_its_docstring_as_help():
    job = of("tidy")
    assert (job.command, job.help_text) == ("jobs_call", "Tidy the shop.")
    assert of("no_such_thing").help_text == ""
    assert Job("nightly", command="jobs_call", call="a.b").command == "jobs_call"


@pytest.mark.django_db
def test_lists_and_answers_say_what_it_calls(api, declare):
    declare(command="", call=f"{HERE}.adds", args=[1])
    declare("other")
    told = {job["name"]: (job["command"], job["call"]) for job in api("GET", "/api/jobs").json()["jobs"]}
    assert told == {"nightly": ("jobs_call", f"{HERE}.adds"), "other": ("toy", None)}
