from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from gql.transport.exceptions import TransportError

from crm.management.commands.update_low_stock import LOG
from crm.models import Product
from jobs_api.execution.current import CurrentRun

from ...factories import NOW, product
from ...running import run
from ...serving import serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def log(settings, tmp_path):
    settings.CRM_LOG_DIR = tmp_path / "log"
    return tmp_path / "log" / LOG.file


def update(**how):
    return run("update_low_stock", **({"run_date": NOW} | how))


def stocks():
    return dict(Product.objects.values_list("name", "stock"))


def test_what_is_low_gets_ten_more_and_nothing_else_does():
    for name, stock in {"None": 0, "Few": 9, "Enough": 10, "Many": 100}.items():
        product(name, stock=stock)
    update()
    assert stocks() == {"None": 10, "Few": 19, "Enough": 10, "Many": 100}


def test_it_tells_each_product_with_its_new_stock_and_the_message():
    for name, stock in {"Laptop": 3, "Mouse": 0, "Lamp": 50}.items():
        product(name, stock=stock)
    *each, message = update().splitlines()
    assert each == ["Laptop: 13 in stock", "Mouse: 10 in stock"]
    assert "2" in message


def test_it_logs_one_entry_with_the_time_of_its_slot(log):
    for name, stock in {"Laptop": 3, "Mouse": 0}.items():
        product(name, stock=stock)
    *each, message = update().splitlines()
    assert log.read_text().splitlines() == [f"2026-03-01 02:00:00 {message}", *(f"    {one}" for one in each)]


def test_a_slot_with_nothing_to_restock_is_done_too(log):
    update()
    product("Mouse", stock=1)
    assert update() == "The restocking of 2026-03-01 02:00:00 was done already: nothing changed.\n"
    assert stocks() == {"Mouse": 1}
    assert log.read_text().splitlines() == ["2026-03-01 02:00:00 0 low-stock products updated"]


def test_where_nothing_can_be_logged_nothing_is_restocked(log):
    product("Laptop", stock=3)
    log.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        update()
    assert stocks() == {"Laptop": 3}
    log.rmdir()
    update()
    assert "    Laptop: 13 in stock" in log.read_text().splitlines()


def test_another_slot_logs_again(log):
    update()
    product("Mouse", stock=1)
    update(run_date=NOW + timedelta(hours=12))
    assert log.read_text().splitlines()[1:] == [
        "2026-03-01 14:00:00 1 low-stock products updated",
        "    Mouse: 11 in stock",
    ]


def test_a_slot_in_the_hour_that_autumn_repeats_is_one_of_its_own(log):
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, twice
    product("Laptop", stock=3)
    product("Mouse", stock=0)
    with timezone.override("America/New_York"):
        update(run_date=first)
        low = product("Lamp", stock=1)
        update(run_date=first + timedelta(hours=1))
    low.refresh_from_db()
    assert low.stock == 11


def test_a_name_cannot_break_the_log(log):
    product("Lamp\n2026-03-01 02:00:00 Yacht: 1 in stock", stock=1)
    update()
    assert len(log.read_text().splitlines()) == 2


def test_it_reports_progress():
    product("Laptop", stock=3)
    current = CurrentRun(job_name="update_low_stock", run_date=NOW, attempt=1)
    update(within=current)
    assert (current.done, current.total) == (1, 1)


def test_a_server_that_does_not_answer_fails_the_job_and_logs_nothing(settings, log):
    with serving() as gone:
        settings.CRM_GRAPHQL_URL = gone.url
    with pytest.raises(TransportError, match="CRM_GRAPHQL_URL"):
        update()
    assert log.read_text() == ""
