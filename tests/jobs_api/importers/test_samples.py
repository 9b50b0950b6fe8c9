"""Each importer reads files of real shapes; what it prints stands beside each."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs_api import executors
from jobs_api.importers import all_importers
from jobs_api.registry.validation import check
from jobs_api.text.secrets import masked
from tests.jobs_api.importers.sampling import EXPECTED, FOLDER, all_samples, expected, jobs_of, named, read

SECRET = ("horse", "staple", "battery")
"""Words that stand in the samples as secrets only."""
CRONTABS = [path for path in all_samples() if named(path).startswith("crontab/")]
PRINTED = sorted(FOLDER.rglob(f"*{EXPECTED}"))


@pytest.fixture(scope="module")
def project() -> dict[str, str]:
    """What a project says that has all the jobs and the rows: `check` has passed, and what rows become."""
    command = [sys.executable, "-m", "tests.jobs_api.importers.host"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    printed: dict[str, str] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("path", all_samples(), ids=named)
def test_a_sample_becomes_what_stands_beside_it(path: Path) -> None:
    assert read(path).text == expected(path).read_text()


@pytest.mark.parametrize("path", PRINTED, ids=named)
def test_what_is_printed_declares_jobs_without_a_fault(path: Path) -> None:
    jobs = jobs_of(path.read_text())
    assert [str(fault) for job in jobs for fault in check(job, path.name, executors.fault)] == []
    assert len({job.name for job in jobs}) == len(jobs)


@pytest.mark.parametrize("path", PRINTED, ids=named)
def test_what_is_printed_holds_nothing_but_one_import_and_one_list(path: Path) -> None:
    """Text of a file stays text: it is a value or a comment."""
    docstring, imported, jobs = ast.parse(path.read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert ast.unparse(imported) == "from jobs_api import Job"
    assert isinstance(jobs, ast.Assign)
    calls = [node for node in ast.walk(jobs) if isinstance(node, ast.Call)]
    assert {ast.unparse(call.func) for call in calls} <= {"Job"}
    names = {node.id for node in ast.walk(jobs) if isinstance(node, ast.Name)}
    assert names <= {"Job", "jobs"}


@pytest.mark.parametrize("path", PRINTED, ids=named)
def test_no_secret_and_no_control_character_is_printed(path: Path) -> None:
    text = path.read_text()
    assert [word for word in SECRET if word in text] == []
    assert [letter for letter in text if not letter.isprintable() and letter not in "\n\t"] == []


@pytest.mark.parametrize("path", CRONTABS, ids=named)
def test_no_line_of_a_crontab_is_lost(path: Path) -> None:
    """Each line is declared, or stands in a comment with its reason."""
    shown = expected(path).read_text()
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    for line in filter(None, (line.strip("# \r") for line in text.split("\n"))):
        start = re.split(r"\s*=" if re.match(r"[A-Z_]+\s*=", line) else r" /srv/", line)[0]
        assert not start.isprintable() or masked(start) in shown, line


def test_there_are_samples_of_every_source(project: dict[str, str]) -> None:
    sources = {named(path).partition("/")[0] for path in all_samples()} | set(project)
    assert sources == set(all_importers()) - {"export"}
    assert len(all_samples()) >= 30


def test_all_jobs_together_pass_manage_py_check_and_rows_become_jobs(project: dict[str, str]) -> None:
    for source, text in project.items():
        assert text == (FOLDER / "rows" / f"{source}{EXPECTED}").read_text(), source
