"""Which clock decides: the database's, in every use that is made of the time (contract 2.5 and 7)."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

import jobs_api
from jobs_api import registry

from .conftest import RIGHT
from .uses import DECISIONS, EXPECTED, INSTANTS

pytestmark = pytest.mark.django_db(transaction=True)

PACKAGE = Path(jobs_api.__file__).parent
READS_A_CLOCK = re.compile(
    r"\btimezone\.now|\bdatetime\.(now|today|utcnow)|\bdate\.today|\btime\.time\b|\blocaltime\(\)|\bgmtime\("
)
WRONG = {"a year fast": {"days": 365}, "an hour slow": {"hours": -1}, "right": {}}


@pytest.fixture(params=WRONG.values(), ids=WRONG)
def wrong_host(request, set_clock):
    before = registry.jobs()
    set_clock(**request.param)
    yield
    registry.fill(before)


@pytest.mark.parametrize("use", INSTANTS)
def test_what_is_written_is_the_databases_time(api, wrong_host, use):
    before = RIGHT()
    written = INSTANTS[use](api)
    after = RIGHT()

    assert written
    for instant in written:  # SQLite's clock has milliseconds
        assert before - timedelta(seconds=1) <= instant <= after + timedelta(seconds=1)


@pytest.mark.parametrize("use", DECISIONS)
def test_what_is_decided_is_decided_by_the_databases_time(api, wrong_host, use):
    assert DECISIONS[use](api) == EXPECTED[use]


def test_the_table_in_the_docs_names_the_same_uses():
    page = Path(settings.BASE_DIR, "docs/decisions/the-databases-clock.md").read_text()
    rows = re.findall(r"^\| (.+?) \| the database's \|", page, flags=re.MULTILINE)
    assert set(rows) == {*INSTANTS, *DECISIONS}


def test_one_function_of_the_app_reads_the_hosts_clock():
    reading = {
        (str(file.relative_to(PACKAGE)), line.strip())
        for file in PACKAGE.rglob("*.py")
        if "testing" not in file.relative_to(PACKAGE).parts  # it is for tests, which have clocks of their own
        for line in file.read_text().splitlines()
        if READS_A_CLOCK.search(line)
    }
    assert reading == {("clock.py", "return timezone.now()")}
