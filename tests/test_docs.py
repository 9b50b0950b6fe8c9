"""The documentation is true: links resolve, nothing in the code is left out, what is shown can be run."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.management import call_command

from jobs_api import Job, conf
from jobs_api.api.docs import problems
from jobs_api.api.responses import OUTCOMES
from jobs_api.auth.tokens import SCOPES
from jobs_api.models import Reason, State
from jobs_api.schedule.slots import Schedule, around, slots_between, tolerance
from tests.jobs_api.executors.broker import Broker
from tests.ports import held_port

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(*names: str) -> str:
    """The text of these pages; of all of them if none is named."""
    return "\n".join(path.read_text() for path in ([ROOT / name for name in names] or PAGES))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of this page may say, as GitHub makes it of the heading."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} links to {link}"
        assert target.is_relative_to(ROOT), f"{page.name} links to {link}, outside the repository"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}, no such heading"


def test_every_page_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    found = {README}
    while found - seen:
        page = (found - seen).pop()
        seen.add(page)
        names = [link.partition("#")[0] for link in LINK.findall(page.read_text())]
        targets = {(page.parent / name).resolve() for name in names if name.endswith(".md")}
        found |= {target for target in targets if target.exists()}
    assert set(PAGES) <= seen


# -- completeness -----------------------------------------------------------------------------


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", text("docs/settings.md"), re.MULTILINE))
    for key, field in conf.FIELDS.items():
        shown = rows[key].strip("`").replace('"', "")
        assert shown == str(getattr(conf.Config(), field.name)), key
    assert set(re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| ", text("README.md"), re.MULTILINE)) <= set(
        conf.FIELDS
    )


def test_every_field_of_a_job_is_documented() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", text("docs/jobs.md"), re.MULTILINE)
    declared = [field.name for field in dataclasses.fields(Job) if field.name != "_"]
    assert [name for name in rows if name in declared] == declared


def test_every_outcome_is_explained_with_its_status() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", text("README.md"), re.MULTILINE))
    assert rows == {outcome: str(status) for outcome, status in OUTCOMES.items()}


def test_the_order_of_outcomes_is_the_one_that_the_code_lists() -> None:
    (told,) = re.findall(r"the first of these is given: (.+?)\.\n", text("docs/http.md"), re.DOTALL)
    assert re.findall(r"`([a-z_]+)`", told) == list(OUTCOMES)


def test_every_command_is_mentioned() -> None:
    folder = ROOT / "jobs_api" / "management" / "commands"
    for path in folder.glob("jobs_*.py"):
        assert f"{path.stem}" in text(), path.stem


@pytest.mark.parametrize("known", [problems(), State.values, Reason.values, SCOPES])
def test_every_problem_state_reason_and_scope_is_mentioned(known: list[str]) -> None:
    for name in known:
        assert f"`{name}`" in text("README.md", "docs/http.md"), name


def test_every_check_is_listed() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "jobs_api").rglob("*.py"))
    table = text("docs/jobs.md")
    for number in set(re.findall(r"\"jobs_api\.([EW]\d{3})\"", code)):
        assert number in table or "E010" <= number <= "E019", number


# -- what is shown ----------------------------------------------------------------------------


def nights() -> Iterator[tuple[date, str, list[str]]]:
    """The rows of the two tables in slots.md."""
    days = iter((date(2026, 3, 29), date(2026, 10, 25)))
    for table in re.findall(r"\| schedule \| slots .*?\n\n", text("docs/slots.md"), re.DOTALL):
        day = next(days)
        for expression, slots in re.findall(r"^\| `(.+?)` \| (\d\d:.+) \|$", table, re.MULTILINE):
            yield day, expression, slots.split(", ")


@pytest.mark.parametrize(("day", "expression", "shown"), list(nights()))
def test_the_tables_of_the_two_nights_are_right(day: date, expression: str, shown: list[str]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    found = slots_between(Schedule.parse(expression, str(zone)), start, start.replace(hour=5))
    assert [slot.isoformat()[11:16] + slot.isoformat()[19:] for slot in found] == shown


def test_both_nights_have_a_table() -> None:
    assert len({day for day, _, _ in nights()}) == 2


@pytest.mark.parametrize(
    ("line", "seconds"), [("* * * * *", 6), ("*/5 * * * *", 30), ("*/10 * * * *", 60), ("0 3 * * *", 60)]
)
def test_the_table_of_tolerances_is_right(line: str, seconds: int) -> None:
    window = around(Schedule.parse(line, "UTC"), datetime(2026, 11, 20, 12, 1, tzinfo=UTC))
    assert tolerance(window) == timedelta(seconds=seconds)
    assert f" {seconds} s |" in text("docs/slots.md")


# -- the readme's steps from one machine to many, in a fresh project --------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `startproject` and `startapp` make, with the readme's blocks applied, but for later steps.

    Its first five minutes are tried in tests/jobs_api/installing.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        monkeypatch.delitem(
            sys.modules, name
        )  # of another test: startapp refuses a name that can be imported
    call_command("startproject", "mysite", str(tmp_path))
    (tmp_path / "shop").mkdir()
    call_command("startapp", "shop", str(tmp_path / "shop"))
    apply(tmp_path, text("README.md").replace(section("README.md", STEPS), ""))
    return tmp_path


STEPS = "From one machine to many"


def section(page: str, heading: str) -> str:
    """What stands under this heading."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text(page), re.DOTALL | re.MULTILINE)
    return str(found)


def apply(project: Path, shown: str) -> None:
    """Add the blocks that name a file to that file."""
    for name, code in re.findall(r"^```python\n# (\S+)\n(.*?)^```", shown, re.DOTALL | re.MULTILINE):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"\n{code}")


def environment() -> dict[str, str]:
    """That of a project which has nothing to do with this one, but can import jobs_api."""
    others = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if name not in others}
    return {**kept, "PYTHONPATH": str(ROOT), "CRON_SECRET": "a-secret-that-is-long-enough-for-this-test"}


def manage(project: Path, *words: str) -> str:
    """What a command of the project prints."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=project, env=environment(), check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def serving(project: Path) -> Iterator[str]:
    """Migrate and serve."""
    manage(project, "migrate", "--verbosity", "0")
    with held_port() as port:
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        server = subprocess.Popen(command, cwd=project, env=environment(), stderr=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def answer(method: str, url: str) -> str:
    """What the server answers, once it is up."""
    headers = {"Authorization": f"Bearer {environment()['CRON_SECRET']}"}
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return str(response.read().decode())
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def step(number: int) -> str:
    """One of the three."""
    return section("README.md", STEPS).split("\n**")[number]


@contextmanager
def working(project: Path, *command: str) -> Iterator[None]:
    """A worker of the project, with what its pool has started."""
    with (project / "worker.log").open("wb") as log:
        line = [sys.executable, *command]
        worker = subprocess.Popen(
            line, cwd=project, env=environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def ran_by(project: Path) -> list[str]:
    """Trigger the job of the first five minutes, and wait for it: how it ended, and what has run it."""
    with serving(project) as address:
        ended = json.loads(answer("POST", f"{address}/api/jobs/count_users/run?wait=25"))
        assert answer("GET", f"{address}{ended['run']['url']}/output") == "0 users\n"
        run = json.loads(answer("GET", f"{address}{ended['run']['url']}"))
    return [ended["outcome"], *(attempt["executor"] for attempt in run["attempts"])]


@pytest.mark.parametrize("number", [0, 1], ids=["asgi.py", "wsgi.py"])
def test_the_lines_for_a_server_without_hooks_load_where_django_is_not_yet_set_up(number: int) -> None:
    shown = re.findall(
        r"^```python\n(.*?)^```",
        section("docs/deploying.md", "Servers without hooks"),
        re.DOTALL | re.MULTILINE,
    )
    settings = {"DJANGO_SETTINGS_MODULE": "settings.test"}
    loaded = subprocess.run([sys.executable, "-c", shown[number]], cwd=ROOT, env=environment() | settings)
    assert (len(shown), loaded.returncode) == (2, 0)


@pytest.mark.slow
def test_the_first_step_runs_jobs_in_processes_of_their_own(project: Path) -> None:
    apply(project, step(1))
    assert "no issues" in manage(project, "check")
    assert ran_by(project) == ["succeeded", "subprocess"]
    assert manage(project, "send_letters") == ""


@pytest.mark.slow
def test_the_setup_of_django_tasks_works(project: Path) -> None:
    apply(project, section("docs/executors.md", "django_tasks"))
    manage(project, "migrate", "--verbosity", "0")
    with working(project, "manage.py", "db_worker", "--no-reload"):
        assert ran_by(project) == ["succeeded", "django_tasks"]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What step 2 names, and where it is, as PostgreSQL's client reads it from the environment."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        for name, value in server.info.get_parameters().items():
            if name in ("host", "port", "user"):
                monkeypatch.setenv(f"PG{name.upper()}", value)
        monkeypatch.setenv("PGPASSWORD", server.info.password)
        server.execute("CREATE DATABASE mysite")
        try:
            yield
        finally:
            server.execute("DROP DATABASE mysite WITH (FORCE)")


@pytest.mark.slow
@pytest.mark.each_database
@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="step 2 is PostgreSQL")
@pytest.mark.usefixtures("database")
def test_the_later_steps_run_jobs_in_a_worker_of_celery(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(project, step(2))
    apply(project, section("docs/executors.md", "celery"))
    apply(project, step(3))
    with Broker() as broker:
        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        with working(project, "-m", "celery", "-A", "mysite", "worker", "--concurrency", "1"):
            assert ran_by(project) == ["succeeded", "celery"]
