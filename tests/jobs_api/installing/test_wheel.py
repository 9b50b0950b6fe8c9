"""The product alone: its wheel, installed into a fresh project by the README's five minutes."""

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import settings

from .host import Project, build_wheel, get, post, readme_install, readme_steps, run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A directory with only our package, by the README's line; the rest comes from this environment."""
    target = tmp_path_factory.mktemp("packages")
    install = readme_install().replace("/path/to/this/checkout", str(settings.BASE_DIR)).split()
    alone = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--no-compile"]
    run(
        sys.executable,
        "-m",
        *install,
        *alone,
        "--disable-pip-version-check",
        "--target",
        str(target),
        cwd=target,
    )
    return target


@pytest.fixture(scope="module")
def project(packages, tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("host") / "project", packages)
    made.follow_the_readme()
    made.manage("migrate", "--verbosity", "0")
    return made


def test_the_wheel_holds_the_product_and_nothing_else(wheel):
    names = set(ZipFile(wheel).namelist())
    ours = Path(settings.BASE_DIR, "jobs_api")
    shipped = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for path in ours.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped <= names
    assert {name.split("/")[0].split("-")[0] for name in names - shipped} == {"django_jobs_api"}
    needed = {"py.typed", "migrations/0001_initial.py", "templates/jobs_api/base.html"}
    needed |= {
        "static/jobs_api/dashboard/css/base.css",
        "static/jobs_api/vendor/htmx.min.js",
        "locale/de/LC_MESSAGES/django.mo",
    }
    assert {f"jobs_api/{name}" for name in needed} <= names


def test_the_wheel_needs_little(wheel):
    with ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    required = [
        line.split(": ")[1] for line in lines if line.startswith("Requires-Dist") and "extra" not in line
    ]
    assert sorted(line.split(">")[0] for line in required) == [
        "cron-descriptor",
        "cronsim",
        "django",
        "django-ninja",
        "pydantic",
        "rich",
        "tzdata",
    ]
    assert "Typing :: Typed" in "\n".join(lines)


def test_the_readme_adds_little_to_a_project():
    assert set(readme_steps()) == {
        "mysite/settings.py",
        "mysite/urls.py",
        "shop/jobs.py",
        "shop/management/commands/count_users.py",
    }


@pytest.mark.slow
def test_the_package_in_use_is_the_installed_one(project, packages):
    said = project.manage("shell", "--command", "import jobs_api; print(jobs_api.__file__)")
    assert str(packages / "jobs_api" / "__init__.py") in said


@pytest.mark.slow
def test_a_fresh_project_has_nothing_to_complain_about(project):
    assert "no issues" in project.manage("check")
    assert "No changes detected" in project.manage("makemigrations", "--check", "--dry-run")
    listed = project.manage("jobs_list")
    assert "count_users" in listed
    assert "tidy_sessions" in listed


@pytest.mark.slow
def test_a_post_runs_a_job_and_a_second_one_is_a_duplicate(project):
    with project.served() as address:
        first = post(f"{address}/api/jobs/count_users/run")
        second = post(f"{address}/api/jobs/count_users/run")
        everything = post(f"{address}/api/run-due")
        assert get(f"{address}{first['run']['url']}/output") == "0 users\n"
        assert get(f"{address}/api/docs").startswith("<!doctype html>")
    assert (first["status"], first["outcome"]) == (200, "succeeded")
    assert (second["status"], second["outcome"]) == (200, "already_succeeded")
    assert first["run"] == second["run"]
    assert everything["status"] == 200
    assert "already_succeeded" in project.manage("jobs_run", "count_users")
    assert "0 users" in project.manage("jobs_show", str(first["run"]["id"]))
