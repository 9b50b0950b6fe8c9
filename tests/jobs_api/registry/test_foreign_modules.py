"""A module or package called ``jobs`` that is not ours must not keep a host from starting."""

from __future__ import annotations

import compileall
import logging
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig
from django.core.checks import Warning, run_checks
from django.core.management import call_command

from jobs_api import registry
from jobs_api.registry import discovery, modules

DJANGO_EXTENSIONS = {
    "jobs/__init__.py": "",
    "jobs/daily/__init__.py": "",
    "management/jobs.py": "BaseJob = 1",
}
RQ = "from uuid import uuid4\nfrom no_such_queue import Queue\n\ndef send(mail):\n    Queue().send(mail)\n"

IGNORED = {
    "django_extensions": DJANGO_EXTENSIONS,
    "an RQ file without its package": {"jobs.py": RQ},
    "one that lists its own": {"jobs.py": "from uuid import uuid4\njobs = [uuid4()]\n"},
    "one that lists nothing": {"jobs.py": "jobs = []\n"},
    "one that exits": {"jobs.py": "import sys\njobs = sys.exit('configure me')\n"},
    "one that lacks a package": {"jobs.py": "from no_such_queue import jobs\n"},
    "one that raises at the end": {"jobs.py": "jobs = []\njobs.append(1 / 0)\n"},
    "one with a mistake in it": {"jobs.py": "def send(:\n"},
    "one that is not UTF-8": {"jobs.py": "# coding: no-such-codec\n"},
    "a class called jobs": {"jobs.py": "class jobs:\n    pass\n"},
    "a lazy object": {
        "jobs.py": "from django.utils import functional as f\njobs = f.SimpleLazyObject(lambda: 1 / 0)\n"
    },
    "a list that cannot be read": {
        "jobs.py": "class Odd(list):\n    def __iter__(self):\n        raise RuntimeError\njobs = Odd()\n"
    },
    "one that computes its names": {"jobs.py": "def __getattr__(name):\n    raise RuntimeError(name)\n"},
    "a folder without __init__": {"jobs/daily.py": "def run():\n    pass\n"},
    "one that we are not named in but by a comment": {"jobs.py": "# not jobs_api's\nimport no_such_queue\n"},
    "one that lists its own and uses us": {
        "jobs.py": "from jobs_api import current_run\njobs = [len]\ndef send():\n    current_run()\n"
    },
    "one that uses us": {"jobs.py": "from jobs_api import current_run\ndef send():\n    current_run()\n"},
    "a project in a folder of our name": {"jobs.py": "jobs = open('/srv/jobs_api/no/such/file')\n"},
}  # fmt: skip


@pytest.mark.parametrize("case", IGNORED)
def test_a_module_that_is_not_ours_is_ignored(package, load, case):
    ours = package("shop", {"jobs.py": "from jobs_api import Job\njobs = [Job('a')]\n"})
    assert load(package("library", IGNORED[case]), ours) == []
    assert discovery.warnings == []
    assert [job.name for job in registry.jobs()] == ["a"]


@pytest.mark.parametrize("files", [DJANGO_EXTENSIONS, {"jobs.py": "SENT = []\nimport no_such_queue\n"}])
def test_a_module_that_cannot_list_jobs_is_not_even_imported(package, load, files):
    assert load(package("library", files)) == []
    assert "library.jobs" not in sys.modules


def test_a_module_that_was_put_in_by_hand_is_ignored(package, load, monkeypatch):
    library = package("library", {})
    for fake in (None, type(sys)("library.jobs")):
        monkeypatch.setitem(sys.modules, "library.jobs", fake)
        assert load(library) == []


OURS = {
    "by a helper": {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\njobs = [Job('a')]\n",
    },
    "by a star": {
        "jobs.py": "from shop.defs import *\n",
        "defs.py": "from jobs_api import Job\njobs = [Job('a')]\n",
    },
    "by another name": {
        "jobs.py": "import shop.defs as d\njobs = d.made()\n",
        "defs.py": "import jobs_api\ndef made():\n    return [jobs_api.Job('a')]\n",
    },
    "in a package": {
        "jobs/__init__.py": "from .nightly import jobs\n",
        "jobs/nightly.py": "from jobs_api import Job\njobs = [Job('a')]\n",
    },
    "if a flag says so": {
        "jobs.py": "try:\n    from shop.defs import made as jobs\nexcept ImportError:\n    jobs = []\n",
        "defs.py": "from jobs_api import Job\nmade = (Job('a'),)\n",
    },
    "by a function of the module": {
        "jobs.py": "def __getattr__(name):\n    from jobs_api import Job\n    return [Job('a')]\n"
    },
}


@pytest.mark.parametrize("case", OURS)
def test_a_list_of_ours_is_found_however_it_is_made(package, load, case):
    assert load(package("shop", OURS[case])) == []
    assert [job.name for job in registry.jobs()] == ["a"]


def test_a_list_without_its_source_is_found(package, load, tmp_path):
    shop = package("shop", {"jobs.py": "from jobs_api import Job\njobs = [Job('a')]\n"})
    library = package("library", {"jobs.py": RQ})
    assert compileall.compile_dir(tmp_path, legacy=True, quiet=1)
    for source in tmp_path.glob("*/jobs.py"):
        source.unlink()
    assert load(library, shop) == []
    assert [job.name for job in registry.jobs()] == ["a"]


def test_a_list_in_a_zip_file_is_found(load, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "apps.zip", "w") as apps:
        for name, source in (("zipped", "from jobs_api import Job\njobs = [Job('a')]\n"), ("queues", RQ)):
            apps.writestr(f"{name}/__init__.py", "")
            apps.writestr(f"{name}/apps.py", CONFIG.format(name=name))
            apps.writestr(f"{name}/jobs.py", source)
    monkeypatch.syspath_prepend(tmp_path / "apps.zip")
    assert load(AppConfig.create("queues"), AppConfig.create("zipped")) == []
    assert [job.name for job in registry.jobs()] == ["a"]


CONFIG = "from django.apps import AppConfig\nclass C(AppConfig):\n    name = {name!r}\n    path = '/'\n"

BROKEN = {
    "a helper's field": {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\njobs = [Job('a', scedule='x')]\n",
    },
    "a helper's package": {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\nimport no_such_package\njobs = [Job('a')]\n",
    },
    "a helper's mistake": {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\njobs = [Job('a'\n",
    },
    "a helper's list of another name": {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\nJOBS = [Job('a')]\n",
    },
    "an exit": {"jobs.py": "from jobs_api import Job\nraise SystemExit(1)\n"},
    "a name of ours that is not": {"jobs.py": "from jobs_api import Jobs\n"},
    "a mistake": {"jobs.py": "from jobs_api import Job\njobs = [Job('a'\n"},
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_module_of_ours_that_breaks_is_an_error(package, load, case):
    (fault,) = load(package("shop", BROKEN[case]))
    assert fault.id == "jobs_api.E001"
    assert "shop.jobs" in fault.text


UNREAD = {
    "job": ("job = [Job('a')]", "what `job` holds is not read", "Did you mean `jobs`?"),
    "JOBS": ("JOBS = (Job('a'),)", "what `JOBS` holds is not read", "Did you mean `jobs`?"),
    "one by its name": ("nightly = Job('a')", "what `nightly` holds is not read", "Did you mean `jobs`?"),
    "by name": ("JOBS = {'a': Job('a')}", "what `JOBS` holds is not read", "Did you mean `jobs`?"),
    "a job": ("jobs = Job('a')", "is not a list but a Job", "jobs = [Job("),
    "a generator": ("jobs = (Job(name) for name in 'ab')", "a generator", "jobs = [Job("),
    "a set": ("jobs = {Job('a')}", "a set", "jobs = [Job("),
    "a dictionary": ("jobs = {'a': Job('a')}", "a dict", "jobs = [Job("),
    "a function": ("def jobs():\n    return [Job('a')]", "a function", "jobs = [Job("),
    "a text": ("jobs = 'a'", "a str", "jobs = [Job("),
    "nothing": ("", "imports Job, but has no list", "jobs = [Job("),
}


@pytest.mark.parametrize("case", UNREAD)
def test_jobs_that_nobody_reads_are_a_warning_and_the_server_starts(package, load, caplog, case):
    source, told, remedy = UNREAD[case]
    assert load(package("shop", {"jobs.py": f"from jobs_api import Job\n{source}\n"})) == []
    assert registry.jobs() == []
    (message,) = [message for message in run_checks(tags=["jobs_api"]) if message.id == "jobs_api.W010"]
    assert isinstance(message, Warning)
    assert "shop.jobs" in message.msg
    assert told in message.msg
    assert remedy in message.hint
    assert [record.levelno for record in caplog.records] == [logging.WARNING]  # no server runs the checks
    assert "manage.py check" in discovery.known()


@pytest.mark.parametrize("text", ["", "\n\n", "# jobs\n", '"""The jobs."""\n'])
def test_a_file_without_jobs_is_a_warning(package, load, text):
    """`jobs_import > shop/jobs.py` that fails leaves an empty file, and with it no job is missed."""
    assert load(package("shop", {"jobs.py": text})) == []
    (warning,) = discovery.warnings
    assert (warning.id, warning.text) == ("jobs_api.W010", "shop.jobs is empty: it declares no job.")
    assert "manage.py check" in discovery.known()


@pytest.mark.django_db
def test_the_list_of_jobs_says_that_some_are_not_read(package, load, capsys):
    load(package("shop", {"jobs.py": "from jobs_api import Job\nJOBS = [Job('a')]\n"}))
    call_command("jobs_list")
    out, err = capsys.readouterr()
    assert out == "No jobs.\n"
    assert "manage.py check" in err


def test_a_helper_that_makes_no_list_is_a_warning_too(package, load):
    files = {
        "jobs.py": "from shop.defs import jobs\n",
        "defs.py": "from jobs_api import Job\njobs = Job('a')\n",
    }
    assert load(package("shop", files)) == []
    assert "is not a list but a Job" in discovery.warnings[0].text


@pytest.mark.parametrize("init", [{}, {"jobs/__init__.py": ""}, {"jobs/__init__.py": '"""Of jobs_api."""'}])
def test_jobs_in_a_part_of_a_package_are_a_warning(package, load, init):
    files = {"jobs/nightly.py": "from jobs_api import Job\njobs = [Job('a')]\n", "jobs/zoo.py": RQ, **init}
    assert load(package("shop", files)) == []
    (warning,) = discovery.warnings
    assert "what shop.jobs.nightly declares is not read" in warning.text
    assert "`from shop.jobs.nightly import jobs`" in warning.hint
    assert "shop.jobs.nightly" not in sys.modules


@pytest.mark.parametrize("name", ["job_api", "jobsapi", "django_jobs_api", "jobs_apis"])
def test_our_name_misspelt_is_a_warning(package, load, name):
    assert load(package("shop", {"jobs.py": f"from {name} import Job\njobs = [Job('a')]\n"})) == []
    (warning,) = discovery.warnings
    assert name in warning.text
    assert "from jobs_api import Job" in warning.hint


def test_a_helper_whose_name_is_misspelt_is_a_warning(package, load):
    """Its module does not name us, but something of the project is missing."""
    assert load(package("shop", {"jobs.py": "from shop.nigthly import jobs\n"})) == []
    (warning,) = discovery.warnings
    assert "shop.jobs cannot be imported" in warning.text
    assert "shop.nigthly" in warning.text


def test_a_file_that_cannot_be_read_hides_no_jobs_in_silence(package, load, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    shop = package("shop", {"jobs.py": "from jobs_api import Job\njobs = [Job('a')]\n"})
    monkeypatch.setattr(modules, "spec_of", lambda package: spec)
    spec = modules.find_spec("shop.jobs")
    monkeypatch.setattr(spec.loader, "get_data", refuse, raising=False)
    monkeypatch.setattr(discovery, "import_module", lambda name: refuse(name))
    (fault,) = load(shop)
    assert fault.id == "jobs_api.E001"
    assert "PermissionError" in fault.text


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test makes is a library, not the project's own."""
    modules._libraries.cache_clear()
    monkeypatch.setattr(modules.site, "getsitepackages", lambda: [str(tmp_path)])
    yield
    modules._libraries.cache_clear()


@pytest.mark.parametrize("source", ["import jobs_api\njob = [jobs_api.Job('a')]", "from job_api import jobs"])
def test_of_a_library_nothing_is_guessed(package, load, installed, source):
    assert load(package("library", {"jobs.py": f"{source}\n"})) == []
    assert discovery.warnings == []


def test_a_host_with_such_apps_starts_and_checks(project):
    """The whole way, with the settings of a server and of manage.py."""
    for name, source in (("queues", RQ), ("exits", "jobs = exit(3)\n")):
        (project.folder / name).mkdir()
        project.write(f"{name}/__init__.py", "")
        project.write(f"{name}/jobs.py", source)
    settings = (project.folder / "site_settings.py").read_text()
    project.write("site_settings.py", f"{settings}\nINSTALLED_APPS += ['queues', 'exits']\n")
    project.write("shop/jobs.py", "from jobs_api import Job\nJOBS = [Job('a', command='check')]\n")
    server = project.run("-c", "import site_wsgi")
    assert server.returncode == 0, server.stderr
    assert "(jobs_api.W010) shop.jobs has no list called `jobs`" in server.stderr
    shown = project.run("manage.py", "check")
    assert shown.returncode == 0, shown.stderr
    assert "jobs_api.W010" in shown.stderr
