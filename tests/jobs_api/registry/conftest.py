"""Apps that declare jobs, made by tests: in this process, or a whole project for another one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from jobs_api import executors, registry
from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _declarations_as_before() -> Iterator[None]:
    """What a test loads is gone after it."""
    jobs, faults, warnings = registry.jobs(), list(discovery.faults), list(discovery.warnings)
    yield
    registry.fill(jobs)
    discovery.faults[:] = faults
    discovery.warnings[:] = warnings


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str | None], AppConfig]:
    """``app("shop", "jobs = []")`` makes an app with that jobs.py; with None, without one."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, source: str | None) -> AppConfig:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        if source is not None:
            (folder / "jobs.py").write_text(f"from jobs_api import Job\n{source}\n")
        for known in [module for module in sys.modules if module.split(".")[0] == name]:
            monkeypatch.delitem(sys.modules, known)
        return AppConfig.create(name)

    return make


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppConfig]:
    """``package("lib", {"jobs/__init__.py": ""})`` makes an app with these files, as they are."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, files: dict[str, str]) -> AppConfig:
        for path, text in {"__init__.py": "", **files}.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        for known in [module for module in sys.modules if module.split(".")[0] == name]:
            monkeypatch.delitem(sys.modules, known)
        return AppConfig.create(name)

    return make


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Fault]]:
    """``load(app, ...)`` reads their declarations as a server does; returns what it refuses to start for."""

    def read(*apps: AppConfig) -> list[Fault]:
        monkeypatch.setattr(discovery.apps, "get_app_configs", lambda: apps)
        refusal = ""
        try:
            discovery.load(executors.fault)
        except ImproperlyConfigured as error:
            refusal = str(error)
        assert bool(refusal) == bool(discovery.faults)
        assert all(str(fault) in refusal for fault in discovery.faults)
        return list(discovery.faults)

    return read


SETTINGS = """
SECRET_KEY = "x" * 60
INSTALLED_APPS = ["jobs_api", "shop"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/db.sqlite3"}}}}
ROOT_URLCONF = "site_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MANAGE = "from django.core.management import execute_from_command_line as run\nimport sys\nrun(sys.argv)\n"
URLS = 'from django.urls import include, path\nurlpatterns = [path("api/", include("jobs_api.urls"))]\n'
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"


class Project:
    """A host in a folder of its own, with one app called shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop").mkdir()
        self.write("site_settings.py", SETTINGS.format(folder=folder))
        self.write("manage.py", MANAGE)
        self.write("site_urls.py", URLS)
        self.write("site_wsgi.py", WSGI)
        self.write("shop/__init__.py", "")

    def write(self, path: str, text: str) -> None:
        """One file."""
        (self.folder / path).write_text(text)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, in the folder."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        kept |= {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "site_settings"}
        return subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            cwd=self.folder,
            env=kept | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that has nothing but jobs_api and an empty app."""
    return Project(tmp_path)
