"""docs/crm.md is true: its jobs, variables, checks and GraphQL are those of the code."""

import re

import pytest
from django.conf import settings
from graphql import parse, validate

from crm.graphql.limits import RULES
from crm.jobs import jobs
from crm.schema import schema

PAGE = (settings.BASE_DIR / "docs" / "crm.md").read_text()
READ = re.compile(r'env(?:\.\w+)?\(\s*"((?:CRM|STRIPE|EMAIL|DEFAULT_FROM)_\w+)"')
DOCUMENTS = [
    document
    for block in re.findall(r"```graphql\n(.+?)```", PAGE, re.DOTALL)
    for document in re.split(r"\n(?=\{|mutation)", block.strip())
]


def section(name):
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_the_table_of_jobs_is_that_of_the_code():
    rows = dict(
        re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section("What it does on a schedule"), re.MULTILINE)
    )
    assert rows == {job.name: job.schedule for job in jobs}


def test_every_variable_that_settings_read_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \|", section("Settings"), re.MULTILINE)
    read = READ.findall((settings.BASE_DIR / "settings" / "base.py").read_text())
    assert sorted(rows) == sorted(set(read))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_graphql_it_shows_fits_the_schema(document):
    assert validate(schema.graphql_schema, parse(document), RULES) == []


def test_it_shows_queries_and_mutations():
    assert len(DOCUMENTS) > 5


def test_every_check_it_names_exists():
    source = (settings.BASE_DIR / "crm" / "checks.py").read_text()
    named = set(re.findall(r"`(crm\.[EW]\d+)`", PAGE))
    assert named
    assert named <= set(re.findall(r"crm\.[EW]\d+", source))


def test_the_path_for_readers_is_short_and_its_files_exist():
    path = re.findall(
        r"^\d\. \[.+?\]\(\.\./(.+?)\)", section("Read these seven files in this order"), re.MULTILINE
    )
    assert len(path) == 7
    assert [name for name in path if not (settings.BASE_DIR / name).is_file()] == []


def test_the_map_has_everything_that_is_in_the_folder():
    rows = re.findall(r"^\| (`.+?) \|", section("Read these seven files in this order"), re.MULTILINE)
    named = {name.strip("/") for row in rows for name in re.findall(r"`(.+?)`", row)}
    folder = settings.BASE_DIR / "crm"
    files = [path.relative_to(folder) for kind in ("py", "html", "txt") for path in folder.rglob(f"*.{kind}")]
    assert {file.parts[0] for file in files} - {"__init__.py"} == named
