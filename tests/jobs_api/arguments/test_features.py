"""Whatever argparse can do, a value means what it would mean on the command line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, get_commands
from django.core.management.base import BaseCommand
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from jobs_api import Job
from jobs_api.arguments import run_command
from jobs_api.arguments.faults import faults
from tests.jobs_api.arguments.features import (
    CREATE,
    FEATURES,
    FULL,
    MODES,
    NAMES,
    SINCE,
    Row,
    group,
    one,
    several,
    subcommands,
)


def run(job: Job, **options: Any) -> str:
    stream = io.StringIO()
    run_command(job, options, stream)
    return stream.getvalue()


def model_of(options: dict[str, Any]) -> type[BaseModel]:
    return create_model("Params", **dict.fromkeys(options, (Any, None)))


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("way", ["options", "params"])
def test_a_value_means_what_it_means_on_the_command_line(command, typed, feature, way):
    row: Row = FEATURES[feature]
    calls = command(row.add)
    if way == "options":
        job, sent = Job("argued", args=row.args, options=row.options), {}
    else:
        job, sent = Job("argued", args=row.args, params=model_of(row.options)), row.options

    run(job, **sent)

    assert calls == [typed(*row.typed)]
    assert list(faults(job)) == []


REFUSED = {
    "a wrong choice": (one("--mode", choices=["a"]), {"mode": "b"}, "invalid choice: 'b'"),
    "a wrong choice of a type": (one("--n", type=int, choices=[1]), {"n": 2}, "invalid choice: 2"),
    "a wrong choice in a list": (one("--x", nargs="+", choices=["a"]), {"x": ["a", "b"]}, "choice: 'b'"),
    "a wrong choice in an append": (one("--x", action="append", choices=["a"]), {"x": ["b"]}, "choice: 'b'"),
    "a list for a set of choices": (one("--x", choices={"a"}), {"x": ["a"]}, "invalid choice: ['a']"),
    "a wrong type": (one("--n", type=int), {"n": "x"}, "invalid int value: 'x'"),
    "too few": (one("--x", nargs=2), {"x": ["a"]}, "expected 2 arguments"),
    "too many": (one("--x", nargs=2), {"x": ["a", "b", "c"]}, "expected 2 arguments"),
    "none of one or more": (NAMES, {"names": []}, "expected at least one argument"),
    "none of what is required": (NAMES, {"names": None}, "are required: --names"),
    "a positional left out": (one("name"), {"name": None}, "are required: name"),
    "no constant": (MODES, {"mode": "none"}, "--fast: invalid value: 'none' (only 'fast' or None)"),
    "no boolean": (FULL, {"full": "yes"}, "--full: invalid value: 'yes'"),
    "a negative count": (one("-q", action="count"), {"q": -1}, "a whole number from 0"),
    "both of a group": (group(FULL, SINCE), {"full": True, "since": "x"}, "not allowed with argument --full"),
    "none of a required group": (
        group(FULL, SINCE, required=True),
        {"full": False, "since": None},
        "one of the arguments --full --since is required",
    ),
    "no such subcommand": (CREATE, {"verb": "--all"}, "invalid choice: '--all'"),
    "what prints and exits": (several(), {"version": True}, "the option 'version' does not exist"),
    "an unknown option": (several(), {"sya": 1}, "the option 'sya' does not exist"),
    "where output goes": (several(), {"stdout": "x"}, "the option 'stdout' does not exist"),
    "what argparse suppresses": (subcommands(dest=argparse.SUPPRESS, a=several()), {"==SUPPRESS==": "a"}, ""),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("way", ["options", "params"])
def test_what_no_command_line_can_say_is_refused(command, case, way):
    add, options, said = REFUSED[case]
    calls = command(add)
    job = Job("argued", options=options) if way == "options" else Job("argued", params=model_of(options))

    with pytest.raises(CommandError) as refusal:
        run(job, **({} if way == "options" else options))

    assert said in str(refusal.value)
    assert calls == []
    if way == "options":
        assert [number for number, *_ in faults(job)], "the check is silent"


def test_an_option_of_a_subcommand_that_is_not_chosen_is_refused(command):
    calls = command(CREATE)
    job = Job("argued", args=["delete"], params=model_of({"name": ""}))
    with pytest.raises(CommandError, match="'name' belongs to a subcommand that is not chosen"):
        run(job, name="x")
    assert calls == []
    assert [number for number, *_ in faults(job)] == ["E044"]


def test_a_caller_that_chooses_the_subcommand_chooses_its_options_too(command, typed):
    calls = command(CREATE)
    job = Job("argued", params=model_of({"verb": "", "name": "", "size": "", "all": ""}))
    run(job, verb="create", name="x", size=4)
    run(job, verb="delete", all="y")
    assert calls == [typed("create", "x", "--size", "4"), typed("delete", "--all", "y")]
    with pytest.raises(CommandError, match="not chosen"):
        run(job, verb="delete", size=4)
    assert list(faults(job)) == []


HOSTILE = st.text("-=@+ \n'\"[]ab1\u202e") | st.sampled_from(
    ["--delete", "--del", "--", "-d", "@file", "++out", "-h"]
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(names=st.lists(HOSTILE, min_size=1), name=HOSTILE)
def test_whatever_the_text_it_stays_a_value(names, name):
    """Pain 27."""
    got = {}

    class Command(BaseCommand):
        def add_arguments(self, parser):
            parser.fromfile_prefix_chars, parser.prefix_chars = "@", "-+"
            for add in (NAMES, one("name"), one("--delete", "-d", action="store_true"), one("++out")):
                add(parser)

        def handle(self, **options):
            got.update(options)

    with patch.dict(get_commands(), argued=Command()):
        run(Job("argued", params=model_of({"names": "", "name": ""})), names=names, name=name)
    assert (got["names"], got["name"], got["delete"], got["out"]) == (names, name, False, None)


# -- defaults ---------------------------------------------------------------------------------


def test_a_default_of_the_model_takes_the_place_of_the_parsers(command):
    calls = command(several(one("--days", type=int, default=7), one("--out", default="a"), NAMES))

    class Params(BaseModel):
        days: int = 30
        out: str | None = None
        names: list[str] = ["all"]

    run(Job("argued", params=Params))
    run(Job("argued", params=Params), days=1, out="b", names=["x"])
    assert [(call["days"], call["out"], call["names"]) for call in calls] == [
        (30, "a", ["all"]),
        (1, "b", ["x"]),
    ]


def test_a_default_stands_back_behind_what_excludes_it(command):
    calls = command(group(FULL, SINCE, required=True))

    class Params(BaseModel):
        full: bool = True
        since: str | None = None

    job = Job("argued", schedule="@daily", params=Params)
    run(job)
    run(job, since="x")
    run(job, full=False, since="x")
    assert [(call["full"], call["since"]) for call in calls] == [(True, None), (False, "x"), (False, "x")]
    assert list(faults(job)) == []


@pytest.mark.parametrize("required", [False, True])
def test_a_default_that_says_nothing_excludes_nothing(command, typed, required):
    calls = command(group(FULL, SINCE, required=required))

    class Params(BaseModel):
        full: bool = False

    job = Job("argued", args=["--since", "x"], schedule="@daily", params=Params)
    run(job)
    assert calls == [typed("--since", "x")]
    assert list(faults(job)) == []
    with pytest.raises(CommandError, match="not allowed with argument --full"):
        run(job, full=True)


def test_a_default_of_a_flag_does_not_stand_for_the_flag(command):
    calls = command(one("--yes", action="store_true", required=True))

    class Params(BaseModel):
        yes: bool = False

    with pytest.raises(CommandError, match="required: --yes"):
        run(Job("argued", params=Params))
    run(Job("argued", params=Params), yes=True)
    assert [call["yes"] for call in calls] == [True]


def test_a_caller_may_send_null_where_the_model_lets_it(command):
    calls = command(one("--out", default="a"))
    run(Job("argued", params=model_of({"out": ""})), out=None)
    assert calls[0]["out"] is None


def test_what_another_version_has_stored_is_neither_taken_nor_left_out(command):
    class Params(BaseModel):
        model_config = {"extra": "allow"}
        days: int = 1

    calls = command(several(one("--days", type=int), FULL))
    with pytest.raises(CommandError, match="created with the option 'full', but this version"):
        run(Job("argued", params=Params), days=3, full=True)
    assert calls == []


# -- what stays Django's ----------------------------------------------------------------------


def test_the_parser_of_a_command_that_keeps_it_stays_as_it_is(command, typed):
    kept = {}

    def create_parser(self, *args, **kwargs):
        if "it" not in kept:
            kept["it"] = super(type(self), self).create_parser(*args, **kwargs)
        return kept["it"]

    calls = command(several(NAMES, CREATE), create_parser=create_parser)
    job = Job("argued", args=["create"], params=model_of({"names": "", "name": ""}))
    for _ in range(2):
        run(job, names=["a", "-b"], name="-x")
    assert calls[0] == calls[1]
    assert calls[0]["names"] == ["a", "-b"]
    assert typed("--names", "c", "-v1", "create", "d") == calls[0] | {"names": ["c"], "name": "d"}


def test_a_command_may_print_its_help(command):
    calls = command(NAMES, handle=lambda self, **options: self.print_help("manage.py", "argued"))
    stream = io.StringIO()
    run_command(Job("argued", options={"names": ["a"]}), {}, stream)
    assert calls == []


def test_its_output_goes_to_the_run_also_where_an_option_is_called_so(command):
    def handle(self, **options):
        self.stdout.write("out")
        self.stderr.write("err")

    for add in (several(), one("--stdout", action="store_true"), one("--stderr", dest="x")):
        command(add, handle=handle)
        assert run(Job("argued")) == "out\nerr\n"


def test_positional_args_reach_handle_as_such(command):
    calls = command(one("args", nargs="*"))
    run(Job("argued", options={"args": ["-x", "b"]}))
    run(Job("argued", args=["c"]))
    assert [call["args"] for call in calls] == [["-x", "b"], ["c"]]


def test_stealth_options_are_values(command):
    calls = command(stealth_options=("hidden",))
    run(Job("argued", options={"hidden": {"a": [1]}}))
    assert calls[0]["hidden"] == {"a": [1]}


@pytest.mark.parametrize(("options", "checked"), [({}, 0), ({"skip_checks": False}, 1)])
def test_system_checks_are_skipped_unless_the_job_says_otherwise(command, options, checked):
    done = []
    command(check=lambda self, **kwargs: done.append(1))
    run(Job("argued", options=options))
    assert len(done) == checked


def test_options_that_django_reads_before_a_command_starts_change_nothing(command, monkeypatch):
    before = (dict(os.environ), list(sys.path))
    command()
    run(
        Job("argued", params=model_of({"settings": "", "pythonpath": ""})),
        settings="evil",
        pythonpath="/evil",
    )
    assert (dict(os.environ), list(sys.path)) == before


def test_a_message_for_an_empty_command_line_is_for_an_empty_one_only(command):
    calls = command(one("args", nargs="+"), missing_args_message="Name an app.")
    run(Job("argued", options={"args": ["auth"]}))
    with pytest.raises(CommandError, match="Name an app"):
        run(Job("argued"))
    assert [call["args"] for call in calls] == [["auth"]]


@pytest.mark.parametrize("value", [{"a": {"b": [1, None]}}, [[1], [2]], 10**400, "x" * 50_000, True, 1.5])
def test_any_value_that_a_model_lets_pass_arrives_as_it_is(command, value):
    calls = command(one("--x"))
    run(Job("argued", params=model_of({"x": ""})), x=value)
    assert calls[0]["x"] == value
