"""Pain 27: whoever may only trigger sets what the job offers, and nothing else."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

import pytest
from pydantic import (
    AliasChoices,
    BaseModel,
    Field,
    Secret,
    SecretBytes,
    SecretStr,
    computed_field,
    create_model,
    model_serializer,
)

from jobs_api.models import JobRun
from tests.jobs_api.api.endpoints import YEARLY, bearer
from tests.jobs_api.arguments.features import CREATE, FULL, NAMES, SINCE, group, one, several, subcommands

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"
TEXT, LIST, SOME, ANY = (str, ...), (list[str], ...), (str | None, None), (Any, None)
EVIL = several(one("--delete", action="store_true"), one("--out", default="safe"))


class Switch(argparse.Action):
    """``--quick`` also sets what another option sets."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        namespace.delete = True
        (namespace.notes or []).append(values)
        setattr(namespace, self.dest, values)


@pytest.fixture
def trigger(api, declare, command):
    """``trigger(add, params, sent, **fields)``: the answer, and what the command got, if it was called."""

    def send(add: Any, params: Any, sent: dict[str, Any], **fields: Any) -> tuple[Any, list[dict[str, Any]]]:
        calls = command(several(EVIL, add))
        model = create_model("Params", **params) if isinstance(params, dict) else params
        declare(command="argued", params=model, **{**YEARLY, "schedule": None, **fields})
        answer = api("POST", RUN, json={"options": sent}, headers=bearer("trigger"))
        return answer, calls

    return send


ATTACKS = {
    "nargs": (NAMES, {"names": LIST}, {"names": ["a", "--delete", "--out=/tmp/x"]}),
    "nargs, apart": (NAMES, {"names": LIST}, {"names": ["a", "--out", "/tmp/x"]}),
    "a single value": (one("--name", required=True), {"name": TEXT}, {"name": "--delete"}),
    "a value that begins with -": (one("--name", required=True), {"name": TEXT}, {"name": "-v3"}),
    "the end of options": (NAMES, {"names": LIST}, {"names": ["--", "--delete"]}),
    "help": (one("--name", required=True), {"name": TEXT}, {"name": "--help"}),
    "version": (NAMES, {"names": LIST}, {"names": ["a", "--version"]}),
    "a prefix": (NAMES, {"names": LIST}, {"names": ["a", "--del", "--ou=x"]}),
    "a positional": (one("name"), {"name": TEXT}, {"name": "--delete"}),
    "positionals": (one("names", nargs="+"), {"names": LIST}, {"names": ["--delete", "--out", "x"]}),
    "the rest": (one("names", nargs="..."), {"names": LIST}, {"names": ["--delete"]}),
    "append": (one("--x", action="append", required=True), {"x": LIST}, {"x": ["a", "--delete"]}),
    "extend": (one("--x", action="extend", nargs="+", required=True), {"x": LIST}, {"x": ["a", "--delete"]}),
    "a required group": (
        group(FULL, SINCE, required=True), {"since": SOME, "full": (bool, False)}, {"since": "--delete"}
    ),
    "a required group of lists": (
        group(FULL, one("--x", nargs="*"), required=True), {"x": LIST}, {"x": ["a", "--full", "--delete"]}
    ),
    "a file": (
        lambda parser: [setattr(parser, "fromfile_prefix_chars", "@"), NAMES(parser)],
        {"names": LIST}, {"names": ["@/etc/passwd", "@/no/such/file"]},
    ),
    "plus as a prefix": (
        lambda parser: [setattr(parser, "prefix_chars", "+-"), NAMES(parser), parser.add_argument("++drop")],
        {"names": LIST}, {"names": ["a", "++drop=x"]},
    ),
    "other options of Django": (NAMES, {"names": LIST}, {"names": ["a", "--settings=x", "--skip-checks"]}),
    "a list where one is expected": (one("--x", required=True), {"x": ANY}, {"x": ["a", "--delete"]}),
    "an object": (one("--x", required=True), {"x": ANY}, {"x": {"--delete": "--out"}}),
    "a deep list": (NAMES, {"names": ANY}, {"names": [["--delete"], {"a": ["--out"]}]}),
    "a number that looks like an option": (one("--x", type=int, required=True), {"x": (int, ...)}, {"x": -1}),
    "a long value": (NAMES, {"names": LIST}, {"names": ["--delete"] * 4000}),
    "an empty text": (NAMES, {"names": LIST}, {"names": ["", "--delete"]}),
    "text with spaces and lines": (NAMES, {"names": LIST}, {"names": ["a --delete", "a\n--delete"]}),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_value_never_becomes_an_option(trigger, attack):
    add, params, sent = ATTACKS[attack]
    answer, calls = trigger(add, params, sent)
    assert answer.json()["outcome"] == "succeeded", answer.json()
    [got] = calls
    assert (got["delete"], got["out"], got["verbosity"], got["settings"]) == (False, "safe", 1, None)
    assert {name: got[name] for name in sent} == sent
    assert JobRun.objects.get().options == sent


REFUSED = {
    "not offered": (NAMES, {"names": LIST}, {"names": ["a"], "delete": True}, 422),
    "none offered": (NAMES, None, {"names": ["a"]}, 422),
    "by its option string": (NAMES, {"names": LIST}, {"names": ["a"], "--delete": True}, 422),
    "positional args": (NAMES, {"names": LIST}, {"names": ["a"], "args": ["--delete"]}, 422),
    "the command": (NAMES, {"names": LIST}, {"names": ["a"], "command_name": "flush"}, 422),
    "another subcommand": (CREATE, {"verb": (str, "create"), "name": SOME}, {"verb": "delete --all=x"}, 500),
    "an option of another subcommand": (
        CREATE, {"verb": (str, "create"), "name": SOME}, {"verb": "delete", "name": "x"}, 500
    ),
    "a wrong choice": (one("--m", choices=["a"]), {"m": SOME}, {"m": "b"}, 500),
    "what excludes a fixed option": (group(FULL, SINCE), {"since": SOME}, {"since": "x"}, 500),
    "what excludes a fixed argument": (group(FULL, SINCE), {"since": SOME}, {"since": "y"}, 500),
}  # fmt: skip
FIXED = {
    "what excludes a fixed option": {"options": {"full": True}},
    "what excludes a fixed argument": {"args": ["--full"]},
}


@pytest.mark.parametrize("attack", REFUSED)
def test_what_is_not_offered_is_refused(trigger, attack):
    add, params, sent, status = REFUSED[attack]
    answer, calls = trigger(add, params, sent, **FIXED.get(attack, {}))
    assert (answer.status_code, calls) == (status, [])


def test_a_fixed_positional_argument_keeps_its_meaning_whatever_is_sent(trigger):
    add = several(one("source", nargs="?"), one("target", nargs="?"))
    for sent in ({}, {"source": "evil"}):
        answer, calls = trigger(add, {"source": SOME}, sent, args=["prod"])
        assert answer.json()["outcome"] in ("succeeded", "already_succeeded")
        assert {call["target"] for call in calls} <= {"prod"}
        JobRun.objects.all().delete()


def test_a_fixed_argument_is_not_read_as_another_that_begins_alike(trigger):
    add = several(one("--name"), one("--names"))
    answer, calls = trigger(add, {"name": SOME}, {"name": "evil"}, args=["--name", "fixed"])
    assert (answer.status_code, calls) == (500, [])


@pytest.mark.parametrize("fixed", [{"options": {"delete": False}}, {"options": {"notes": ["mine"]}}])
def test_an_argument_of_its_own_kind_does_not_change_what_the_job_has_fixed(trigger, fixed):
    add = several(one("--quick", action=Switch), one("--notes", nargs="+"))
    answer, calls = trigger(add, {"quick": SOME}, {"quick": "x"}, **fixed)
    assert (answer.status_code, calls) == (500, [])
    assert JobRun.objects.get().error.endswith(
        f"it would change {next(iter(fixed['options']))!r}, which the job has set"
    )


def test_nor_what_its_args_have_set(trigger):
    add = several(one("--quick", action=Switch), one("--notes", nargs="+"))
    answer, calls = trigger(add, {"quick": SOME}, {"quick": "x"}, args=["--notes", "mine"])
    assert (answer.status_code, calls) == (500, [])
    assert JobRun.objects.get().error == (
        "CommandError: Error: argument --quick: it would change 'notes', which the job has set"
    )


def test_a_subcommand_is_chosen_by_its_name_only(trigger):
    add = subcommands(create=several(one("--force", action="store_true")))
    answer, calls = trigger(add, {"verb": TEXT}, {"verb": "create --force"})
    assert (answer.status_code, calls) == (500, [])
    JobRun.objects.all().delete()
    answer, calls = trigger(add, {"verb": TEXT}, {"verb": "create"})
    assert [(call["verb"], call["force"]) for call in calls] == [("create", False)]


# -- the model between caller and command -----------------------------------------------------


class Aliased(BaseModel):
    days: int = Field(7, alias="numberOfDays")
    out: str = Field("a", validation_alias="target", serialization_alias="path")
    names: list[str] = Field(["all"], validation_alias=AliasChoices("names", "people"))

    @computed_field
    @property
    def delete(self) -> bool:
        return True


ALIASED = several(one("--days", type=int), NAMES)


def test_a_caller_uses_the_alias_and_the_command_its_own_name(trigger):
    sent = {"numberOfDays": 3, "target": "--delete", "people": ["--x"]}
    answer, calls = trigger(ALIASED, Aliased, sent)
    assert answer.status_code == 200, answer.json()
    assert [(c["days"], c["out"], c["names"], c["delete"]) for c in calls] == [
        (3, "--delete", ["--x"], False)
    ]


@pytest.mark.parametrize("sent", [{"days": 3}, {"out": "x"}, {"path": "x"}, {"delete": True}])
def test_the_name_behind_an_alias_is_unknown_to_callers(trigger, sent):
    answer, calls = trigger(ALIASED, Aliased, sent)
    assert (answer.status_code, calls) == (422, [])


class Excluding(BaseModel):
    names: list[str] = Field(["all"], exclude=True)


class Rewriting(BaseModel):
    names: list[str] = ["all"]

    @model_serializer
    def rewrite(self) -> dict[str, Any]:
        return {"delete": True, "out": "evil"}


class Secretive(BaseModel):
    names: SecretStr | list[str] = ["all"]


@pytest.mark.parametrize("params", [Excluding, Rewriting, Secretive])
def test_what_a_model_does_not_store_is_refused_and_not_lost(trigger, params):
    answer, calls = trigger(NAMES, params, {"names": "a" if params is Secretive else ["a"]})
    assert (answer.status_code, calls) == (422, [])
    assert "`options.names`" in answer.json()["detail"]


class Login(BaseModel):
    user: str
    password: SecretStr


class Hiding(BaseModel):
    user: str
    password: str = Field(exclude=True)


@dataclasses.dataclass
class Plain:
    user: str
    password: SecretStr


LOGIN = {"user": "ana", "password": "x"}
WITHIN = {
    "a list": (list[SecretStr], ["x"]),
    "a mapping": (dict[str, SecretBytes], {"a": "x"}),
    "a model": (Login, LOGIN),
    "a dataclass": (Plain, LOGIN),
    "models in a list": (list[Login], [LOGIN]),
    "any kind": (Secret[str], "x"),
    "a field that a model does not show": (list[Hiding], [LOGIN]),
}


@pytest.mark.parametrize("case", WITHIN)
def test_nor_is_a_secret_stored_that_lies_deeper(trigger, case):
    """Neither in clear, for readers, nor as asterisks, for the command."""
    kind, value = WITHIN[case]
    answer, calls = trigger(NAMES, {"names": (kind, ...)}, {"names": value})
    assert (answer.status_code, calls) == (422, [])
    assert "`options.names`" in answer.json()["detail"]
    assert not JobRun.objects.exists()


def test_a_model_gives_the_command_nothing_but_its_fields(trigger):
    answer, calls = trigger(one("--names"), Rewriting, {})
    assert answer.status_code == 200
    assert [(call["names"], call["delete"], call["out"]) for call in calls] == [(None, False, "safe")]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_stores_is_422(trigger, text):
    answer, calls = trigger(NAMES, {"names": LIST}, {"names": [text]})
    assert (answer.status_code, calls) == (422, [])
