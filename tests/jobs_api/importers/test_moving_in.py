"""docs/moving-in.md: the old entry of each scheduler, read by its importer, gives the new declaration."""

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from celery import Celery
from celery.schedules import crontab
from django.conf import settings

from jobs_api.exporters.common.comments import declaration
from jobs_api.importers import all_importers
from jobs_api.importers.common import imported
from jobs_api.importers.common.importer import Source

PAGE = Path(settings.BASE_DIR, "docs", "moving-in.md").read_text()
SECTIONS = dict(re.findall(r"^## From (.+?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


def blocks(section):
    """The old and the new."""
    old, new = re.findall(r"^```\w+\n(.*?)^```", SECTIONS[section], flags=re.MULTILINE | re.DOTALL)
    return old, new


@pytest.fixture(autouse=True)
def shop(monkeypatch):
    """The package that the page speaks of."""

    def tidy(*args, **options):
        """Tidy up."""

    for name in ("shop", "shop.cron", "shop.tasks"):
        module = ModuleType(name)
        module.tidy = tidy
        monkeypatch.setitem(sys.modules, name, module)
    tidy.__module__, tidy.__qualname__ = "shop.tasks", "tidy"
    return tidy


def ran(code, **names):
    exec(compile(code, "docs/moving-in.md", "exec"), names)  # noqa: S102
    return names


def crontab_file(old, shop, monkeypatch):
    return "crontab", Source(text=old, timezone="Europe/Berlin")


def cronjobs(old, shop, monkeypatch):
    return "cronjobs", Source(settings=SimpleNamespace(CRONJOBS=ran(old)["CRONJOBS"]))


def beat(old, shop, monkeypatch):
    app = Celery("shop", set_as_current=False)
    app.task(name="shop.tasks.tidy")(shop)
    ran(old, app=app, crontab=crontab)
    monkeypatch.setattr(sys.modules["shop"], "app", app, raising=False)
    return "celery-beat", Source(app="shop:app")


def apscheduler(old, shop, monkeypatch):
    scheduler = BackgroundScheduler(timezone="UTC")
    ran(old, scheduler=scheduler, CronTrigger=CronTrigger, tidy=shop)
    monkeypatch.setattr(sys.modules["shop"], "scheduler", scheduler, raising=False)
    return "apscheduler", Source(app="shop:scheduler")


@pytest.mark.parametrize(
    ("section", "source_of"),
    [
        ("a crontab", crontab_file),
        ("django-crontab", cronjobs),
        ("Celery beat", beat),
        ("APScheduler", apscheduler),
    ],
)
def test_the_old_entry_gives_the_new_declaration(shop, monkeypatch, section, source_of):
    old, new = blocks(section)
    name, source = source_of(old, shop, monkeypatch)
    printed = imported.run(name, all_importers()[name], source).text
    got, shown = (ran(code)["jobs"] for code in (printed, new))
    assert list(map(declaration, got)) == list(map(declaration, shown)), printed


def test_a_class_of_django_cron_changes_its_import_only():
    old, new = blocks("django-cron")
    assert old.replace("from django_cron import", "from jobs_api.compat.django_cron import") == new
    assert ran(new)["Tidy"]().do() == "tidied"


def test_each_section_is_short():
    for section in SECTIONS:
        for block in re.findall(r"^```\w+\n(.*?)^```", SECTIONS[section], flags=re.MULTILINE | re.DOTALL):
            assert len([line for line in block.splitlines() if line and "import" not in line]) <= 12, section
