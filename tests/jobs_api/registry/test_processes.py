"""Real processes of a tiny host: a server refuses what manage.py shows, and nothing starts by itself."""

import json

import pytest

GOOD = """
from jobs_api import Job

jobs = [Job("clean", command="clearsessions_of_shop", schedule="* * * * *"), Job("shown", command="check")]
"""
COMMAND = """
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        raise SystemExit("it was run")
"""
BROKEN = """
from jobs_api import Job

jobs = [
    Job("first", command="check", schedule="0 0 3 * * *"),
    Job("second", command="check", timeout=0, overlap="never"),
    Job("second", command="check"),
]
"""
FAULTS = ("jobs_api.E003", "jobs_api.E011", "jobs_api.E013", "jobs_api.E015")

LOOK = """
import json, multiprocessing, os, sys, threading

class Wanted:
    "Notes what is imported, without finding anything."
    names = set()
    def find_spec(self, name, path=None, target=None):
        self.names.add(name.partition(".")[0])

sys.meta_path.insert(0, Wanted())
import jobs_api
before = set(Wanted.names)
import django
django.setup()
import site_urls
from django.db import connection
from django.urls import resolve
resolve("/api/jobs/clean/run")
from jobs_api import executors
executors.load("inline")
print(json.dumps({
    "threads": threading.active_count(),
    "children": len(multiprocessing.active_children()),
    "connected": connection.connection is not None,
    "files": sorted(name for name in os.listdir() if "sqlite" in name or "pid" in name),
    "foreign": sorted({"celery", "graphene", "graphene_django", "crm", "settings", "tests"} & Wanted.names),
    "front_door": sorted({"django.db", "ninja", "pydantic", "celery", "graphene", "crm"} & before),
}))
"""


@pytest.fixture
def good(project):
    project.write("shop/jobs.py", GOOD)
    (project.folder / "shop/management/commands").mkdir(parents=True)
    project.write("shop/management/commands/clearsessions_of_shop.py", COMMAND)
    return project


def test_a_server_refuses_to_start_with_the_text_that_manage_py_shows(project):
    project.write("shop/jobs.py", BROKEN)
    server = project.run("-c", "import site_wsgi")
    shown = project.run("manage.py", "check")
    assert (server.returncode, shown.returncode) == (1, 1)
    assert "ImproperlyConfigured" in server.stderr
    assert "Traceback" not in shown.stderr
    lines = [line.strip() for line in server.stderr.splitlines() if "(jobs_api.E" in line]
    assert sorted(line[1:14] for line in lines) == sorted(FAULTS)
    for line in lines:
        number, text = line[1:14], line.partition(") ")[2].partition(" HINT: ")
        assert f"({number}) {text[0]}" in shown.stderr
        assert f"HINT: {text[2]}" in shown.stderr


def test_manage_py_still_works_where_a_jobs_py_cannot_be_imported(project):
    project.write("shop/jobs.py", "from jobs_api import Job\njobs = [Job('a', scedule='x')]\n")
    shown = project.run("manage.py", "check")
    assert shown.returncode == 1
    assert "(jobs_api.E001)" in shown.stderr
    assert "scedule" in shown.stderr
    assert "line 2" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("command", [["jobs_run_due"], ["jobs_run", "first"]])
def test_a_crontab_line_leaves_no_faulty_job_out_in_silence(project, command):
    project.write("shop/jobs.py", BROKEN)
    told = project.run("manage.py", *command)
    assert told.returncode == 1
    assert all(number in told.stderr for number in FAULTS)
    assert "Traceback" not in told.stderr


def test_commands_and_options_are_checks_only(project):
    project.write("shop/jobs.py", 'from jobs_api import Job\njobs = [Job("a", command="chekc")]\n')
    assert project.run("-c", "import site_wsgi").returncode == 0
    shown = project.run("manage.py", "check")
    assert shown.returncode == 1
    assert "Did you mean 'check'?" in shown.stderr


@pytest.mark.parametrize("reloader", ["", "true"], ids=["server", "autoreloader"])
def test_pain_1_and_2_getting_ready_starts_nothing_and_asks_nothing(good, reloader):
    told = good.run("-c", LOOK, **({"RUN_MAIN": reloader} if reloader else {}))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {
        "threads": 1,
        "children": 0,
        "connected": False,
        "files": [],
        "foreign": [],
        "front_door": [],
    }


def test_pain_24_check_deploy_says_that_no_secret_is_set(good):
    told = good.run("manage.py", "check", "--deploy", "--tag", "jobs_api")
    assert told.returncode == 0
    assert "(jobs_api.W001)" in told.stderr
    assert (
        "W001"
        not in good.run("manage.py", "check", "--deploy", "--tag", "jobs_api", CRON_SECRET="x" * 40).stderr
    )


FOREIGN = {
    "lacking": "import no_such_package\n",
    "exiting": "raise SystemExit('configure me')\n",
    "asking": """
from django.core.management.base import BaseCommand
from django.db import connection

class Command(BaseCommand):
    def add_arguments(self, parser):
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations")
            parser.add_argument("--region", choices=[name for name, in cursor.fetchall()])
""",
    "hiding": """
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

class Command(BaseCommand):
    def add_arguments(self, parser):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM django_migrations")
                choices = [name for name, in cursor.fetchall()]
        except DatabaseError:
            choices = []
        parser.add_argument("--region", choices=choices)
""",
}


def test_a_fresh_database_migrates_whatever_the_commands_of_jobs_do_when_they_are_loaded(project):
    folder = project.folder / "shop/management/commands"
    folder.mkdir(parents=True)
    for name, source in FOREIGN.items():
        (folder / f"{name}.py").write_text(source)
    args = 'args=["--region", "0001_initial"]'
    jobs = ", ".join(f'Job("{name}", schedule="@daily", {args})' for name in FOREIGN)
    project.write("shop/jobs.py", f"from jobs_api import Job\njobs = [{jobs}]\n")

    server = project.run("-c", "import site_wsgi")
    assert server.returncode == 0, server.stderr
    migrated = project.run("manage.py", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert all(f"the command '{name}' cannot be checked" in migrated.stderr for name in FOREIGN)
    assert migrated.stderr.count("jobs_api.W040") == len(FOREIGN)

    shown = project.run("manage.py", "check")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr.count("jobs_api.W040") == 2  # the tables are there by now
