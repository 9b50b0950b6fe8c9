"""What holds for every exporter and form: a new file in jobs_api/exporters/ is covered by being there."""

from __future__ import annotations

import dataclasses
import json
import pkgutil
import plistlib
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from configparser import RawConfigParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

from jobs_api import exporters, registry
from jobs_api.auth.tokens import PREFIX
from jobs_api.exporters.common import folder
from jobs_api.exporters.common.comments import MARK, PURPOSE, declaration
from jobs_api.exporters.common.exporter import COMMAND, HTTP
from jobs_api.exporters.common.plan import Entry
from jobs_api.management.commands import jobs_export
from tests.jobs_api.exporters.toys import BASE_URL, BERLIN, TOYS, plan_for, toy
from tests.jobs_api.management.calling import manage

FORMS = [(name, form) for name, exporter in exporters.all_exporters().items() for form in exporter.forms]
IDS = [f"{name}-{form}" for name, form in FORMS]
GET_ONLY = {"vercel", "vercel-schedules"}
"""They send a GET, whatever one writes."""
WITHOUT_JOBS = {name for name, exporter in exporters.all_exporters().items() if not exporter.dialect.cron}
SPLICE = "Xq7Escaped"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\ufeff]")
NASTY = {
    "two lines": f"first\n{SPLICE} * * * * root reboot\r\n[{SPLICE}]\n{SPLICE}: true",
    "ends of comments": f"*/ {SPLICE} --> {SPLICE} -- {SPLICE} ]]> {SPLICE} ''' {SPLICE} \"\"\" {SPLICE}",
    "shell": f"$(touch {SPLICE}) `touch {SPLICE}` ; & | > < ' \" \\ %touch{SPLICE} !! $HOME #{SPLICE}",
    "templates": f"${{{{ {SPLICE} }}}} {{{{ {SPLICE} }}}} {{% {SPLICE} %}} %({SPLICE})s <aws.{SPLICE}> $$a$$",
    "markup": f"<key>{SPLICE}</key> &amp; &{SPLICE};",
    "YAML": f"a: b - [c, {{d}}] #{SPLICE} \t@ ` | > *{SPLICE} &{SPLICE} !!python/object:{SPLICE} '\"",
    "controls": f"\x00\x07\x1b[2K\x85\u2028{SPLICE}\u202e{SPLICE}\ufeff",
    "letters": "Kündigungen löschen 清理 🧹",
    "long": f"{SPLICE} " * 60,
}


@pytest.fixture(params=FORMS, ids=IDS)
def target(request):
    """An exporter, its platform and a form of it."""
    name, form = request.param
    return exporters.all_exporters()[name], name, form


def render(target, *jobs, **options):
    exporter, _, form = target
    return exporter.render(plan_for(exporter, *jobs, form=form, **options))


def files(exporter, text):
    """The files of an export, by name; of most there is one."""
    return folder.split(text) if exporter.file.endswith("/") else {exporter.file: text}


def test_every_file_of_the_folder_is_an_exporter():
    names = {m.name.replace("_", "-") for m in pkgutil.iter_modules(exporters.__path__) if not m.ispkg}
    assert set(exporters.all_exporters()) == names
    assert all(isinstance(exporter, exporters.Exporter) for exporter in exporters.all_exporters().values())


def test_titles_are_unique():
    titles = [exporter.title for exporter in exporters.all_exporters().values()]
    assert len(set(titles)) == len(titles)


def test_it_says_what_it_is_from_what_it_was_written_and_how_to_apply_it(target):
    exporter, name, form = target
    plan = plan_for(exporter, form=form)
    if exporter.comment:
        begin = exporter.render(plan)[:6000]
        assert f"{exporter.title}: {PURPOSE}" in begin
        assert f"Written by: manage.py jobs_export {name} " in begin
    assert len(exporter.how_to_apply(plan).split()) > 5


def test_each_call_is_there(target):
    """In the http form its URL, in the command form its command, however the format quotes or divides it."""
    exporter, _, form = target
    plan = plan_for(exporter, form=form)
    text = unquoted(exporter.render(plan))
    for entry in plan.entries:
        ways = list(ways_of(entry)) if form == HTTP else [[" ".join(entry.command)]]
        assert any(all(unquoted(part) in text for part in way) for way in ways), f"{entry.name} is missing"


def ways_of(entry: Entry) -> Iterator[list[str]]:
    """How a format may say a URL: whole, or one destination for all and what is of each beside it."""
    yield [without_origin(entry.url)]
    query = [f"{name}: {value}" for name, value in entry.query.items()]
    if entry.job is None:
        yield ["/run-due", *query]
    yield ["/jobs/*/run", f"- {entry.name} ", *query]
    yield ["/jobs/*/run", f"job: {entry.name} ", *query]


def unquoted(text: str) -> str:
    """Text without what formats put around words, and without their escapes."""
    text = text.replace("&amp;", "&").replace("</string>", " ").replace("%%", "%").replace("\\%", "%")
    return " ".join(re.sub(r"[\"'\[\],\\]|<string>", " ", text).split()).replace(" :", ":")


def without_origin(url: str) -> str:
    """Path and query: some formats write the host once."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}".removeprefix("/api")


def test_each_line_is_there(target):
    """All of them, in a format that has cron lines at all; others have tests of what they make of a line."""
    exporter, _, form = target
    # Its lines are written differently from the declaration, which is in the text, too.
    plan = plan_for(exporter, toy("steps", "5-20/5 9 * * *", BERLIN), form=form, run_due="none")
    lines = [line for entry in plan.entries for line in entry.lines]
    text = " ".join(exporter.render(plan).split())
    assert len([line for line in lines if line in text]) in (0, len(lines))


def test_each_declaration_is_there_where_the_format_has_comments(target):
    exporter, name, _ = target
    if exporter.comment and name not in WITHOUT_JOBS:
        text = render(target).replace("&quot;", '"')
        for job in TOYS.values():
            if job.schedule is not None:
                found = [json.loads(line) for line in markers(text) if f'"{job.name}"' in line]
                assert json.loads(declaration(job)) in found, f"{job.name} is not declared in it"


def markers(text: str) -> list[str]:
    """The JSON of each declaration in a text; it ends with its line, or before the end of a comment."""
    lines = [line.partition(MARK)[2] for line in text.splitlines() if MARK + "{" in line]
    found = []
    for line in lines:
        _, end = json.JSONDecoder().raw_decode(unescaped(line))
        found.append(unescaped(line)[:end])
    return found


def unescaped(text: str) -> str:
    """JSON, from inside a comment that may not hold `--` or `*/`."""
    return text.replace("&#45;", "-").replace("- -", "--")


def test_pain_24_no_secret_is_written(target, monkeypatch):
    monkeypatch.setattr(settings, "CRON_SECRET", f"{SPLICE}-cron-secret-that-nobody-may-read")
    monkeypatch.setenv("CRON_SECRET", f"{SPLICE}-cron-secret-that-nobody-may-read")
    text = render(target)
    assert SPLICE not in text
    assert settings.SECRET_KEY not in text
    assert not re.search(rf"{PREFIX}[\w-]{{43}}", text)


def test_a_call_posts_with_a_reference_to_the_secret(target):
    _, name, form = target
    text = render(target)
    if form == HTTP and name not in GET_ONLY:
        assert re.search(r"bearer|authorization", text, re.IGNORECASE)
        assert re.search(r"post\b|method.{0,12}post|requestMethod.{0,4}1", text, re.IGNORECASE)
        assert not re.search(r"(--request|-X|method\W{1,4})\s*GET\b", text)
    for found in re.findall(r"bearer\s+(\S+)", text, re.IGNORECASE):
        assert not re.fullmatch(r"[\w.~+/-]{20,}=*", found), "a value stands where a reference should"


def test_it_is_the_same_each_time(target):
    assert render(target) == render(target)
    jobs = list(TOYS.values())
    assert render(target, *jobs) == render(target, *reversed(jobs))


def test_it_is_text_that_any_editor_keeps(target):
    """One newline at the end, no other ends of lines, no spaces at the ends of lines, nothing unseen."""
    exporter, _, _ = target
    for name, text in files(exporter, render(target)).items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\r" not in text, name
        assert not re.search(r"[ \t]\n", text), name
        assert not UNSEEN.search(text), name


def test_it_names_no_machine(target):
    text = render(target)
    for part in (str(settings.BASE_DIR), "/tmp", "/root"):
        assert part not in text, part


FOR_PEOPLE: dict[str, Callable[[str], dict[str, Any]]] = {
    "description": lambda text: {"description": text},
    "metadata": lambda text: {
        "owner": text,
        "runbook": f"https://wiki.example.com/{text}",
        "tags": [text, "x"],
    },
}
"""Fields of text that no engine reads. The checks refuse most of these values; an export trusts nobody."""


@pytest.mark.parametrize("fields", FOR_PEOPLE.values(), ids=FOR_PEOPLE)
def test_text_for_people_does_not_break_out(target, fields):
    """The structure is that of a harmless one: what follows a newline or an end of comment begins none."""
    exporter, _, _ = target
    plain = render(target, toy("nightly", "0 3 * * *", **fields("Harmless")))
    for what, nasty in NASTY.items():
        text = render(target, toy("nightly", "0 3 * * *", **fields(nasty)))
        assert structure(text) == structure(plain), what
        assert not UNSEEN.search(text), what
        assert not [line for line in text.splitlines() if line.lstrip(" #;/-").startswith(SPLICE)], what
        for name, part in files(exporter, text).items():
            parse(name, part)


def parse(name: str, text: str) -> None:
    """Read a file as its format is read; what is not known here is not tried."""
    parser = PARSERS.get(Path(name).suffix)
    if parser is not None:
        parser(text)


def read_yaml(text: str) -> None:
    """YAML without a key that occurs twice; the tags of CloudFormation mean nothing here."""
    documents = [document for document in yaml.load_all(text, Strict) if document]
    names = [document["metadata"]["name"] for document in documents if "metadata" in document]
    names += [service["name"] for document in documents for service in document.get("services") or []]
    assert len(set(names)) == len(names), "two have one name"


class Strict(yaml.SafeLoader):
    """Takes any tag of one `!`, and refuses a key that occurs twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Each key once."""
        once([key.value for key, _ in node.value])
        return super().construct_mapping(node, deep)


Strict.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


def read_json(text: str) -> None:
    """JSON without a key that occurs twice."""
    json.loads(text, object_pairs_hook=lambda pairs: once([key for key, _ in pairs]) or dict(pairs))


def once(keys: list[str]) -> None:
    """Whether each is there once."""
    assert len(set(keys)) == len(keys), f"a key occurs twice: {sorted(keys)}"


def read_terraform(text: str) -> None:
    """No two resources of one name."""
    once(re.findall(r"^resource .*", text, re.MULTILINE))


def read_ini(text: str) -> None:
    """The units of systemd may repeat a key."""
    RawConfigParser(strict=False, comment_prefixes=("#", ";"), delimiters=("=",)).read_string(text)


def read_shell(text: str) -> None:
    """Whether bash can read it; nothing is run."""
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)


PARSERS = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_json,
    ".tf": read_terraform,
    ".toml": tomllib.loads,
    ".plist": lambda text: plistlib.loads(text.encode()),
    ".conf": read_ini,
    ".timer": read_ini,
    ".service": read_ini,
    ".sh": read_shell,
}


def structure(text: str) -> list[str]:
    """How each line begins: by its first character that is no space, and how many lines there are."""
    return [line.lstrip()[:3] for line in text.splitlines()]


def test_names_of_full_length_and_values_of_any_kind(target):
    exporter, _, form = target
    longest = toy("n" * 100, "0 3 * * *", BERLIN, description="It has the longest name.")
    values = toy(
        "values",
        "*/15 8-18 * * 1-5",
        BERLIN,
        args=["a b", "it's", 'say "x"', "100%", "$HOME", "--force", "*/", "-->", "`id`"],
        options={"text": "two\nlines", "path": "/srv/a b", "flag": True, "none": None, "list": [1, "x"]},
    )
    plan = plan_for(exporter, longest, values, form=form)
    text = exporter.render(plan)
    assert structure(text) == structure(
        exporter.render(
            plan_for(exporter, longest, dataclasses.replace(values, args=["a"], options={"b": 1}), form=form)
        )
    )
    if form == HTTP and exporter.dialect.cron:
        assert "n" * 100 in text
    for name, part in files(exporter, text).items():
        parse(name, part)


def test_names_that_a_format_cannot_tell_apart_stay_apart(target):
    """Some formats know no capitals, no underscores, or 50 characters; one job is called as run-due is."""
    exporter, _, _ = target
    long = ["n" * 99 + "a", "n" * 99 + "b"]
    names = ["Report", "report", "a_b", "a-b", "a__b", "run-due", "run_due", "-x", "x", "x-", "1x", *long]
    text = render(target, *(toy(name, "0 3 * * *") for name in names))
    for name, part in files(exporter, text).items():
        parse(name, part)
    if exporter.file.endswith("/"):
        once(folder.LINE.findall(text))


def test_any_address_is_quoted(target):
    exporter, _, form = target
    address = "https://shop.example.com:8443/a%20b~c@d/api"
    plan = plan_for(exporter, TOYS["daily"], TOYS["never_late"], form=form, base_url=address)
    text = exporter.render(plan)
    if form == HTTP:
        assert "a%20b~c@d" in unquoted(text).replace("/a%%20", "/a%20")
    for name, part in files(exporter, text).items():
        parse(name, part)


def test_without_jobs_there_is_run_due_alone(target):
    exporter, _, form = target
    plan = plan_for(exporter, form=form)
    alone = dataclasses.replace(plan, entries=plan.entries[-1:], refused=(), on_demand=())
    text = exporter.render(alone)
    assert ("run-due" if form == HTTP else "jobs_run_due") in text
    assert "nightly" not in text


def test_without_run_due_there_are_jobs_alone(target):
    _, name, _ = target
    if name not in WITHOUT_JOBS:
        text = render(target, TOYS["daily"], run_due="none")
        assert "daily" in text
        assert "/run-due" not in text
        assert "jobs_run_due" not in text


def test_the_check_of_what_was_written_is_clean(target, tmp_path, monkeypatch):
    exporter, name, form = target
    monkeypatch.setattr(jobs_export.registry, "jobs", lambda: list(TOYS.values()))
    words = [name, "--form", form, *(["--base-url", BASE_URL] if form != COMMAND else [])]
    file = tmp_path / exporter.file
    assert manage("jobs_export", *words, "--output", file).code == 0
    assert manage("jobs_export", *words, "--check", file).lines == [f"{file} is up to date."]
    assert manage("jobs_export", *words, "--output", file).code == 0  # over what is ours


def test_a_declaration_that_changes_is_seen_by_the_check(target, tmp_path, monkeypatch):
    exporter, name, form = target
    monkeypatch.setattr(registry, "jobs", lambda: [TOYS["daily"], TOYS["never_late"]])
    words = [name, "--form", form, *(["--base-url", BASE_URL] if form != COMMAND else [])]
    file = tmp_path / exporter.file
    manage("jobs_export", *words, "--output", file)
    monkeypatch.setattr(registry, "jobs", lambda: [TOYS["daily"], toy("added", "0 9 * * *")])
    said = manage("jobs_export", *words, "--check", file)
    if name in WITHOUT_JOBS:
        assert said.code in (0, 1)
    else:
        assert said.code == 1
        assert "added" in said.out
