from datetime import timedelta

import pytest
from gql.transport.exceptions import TransportError

from crm.management.commands.update_low_stock import LOG
from crm.models import Product
from jobs_api.current import CurrentRun

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


def test_it_logs_the_same_with_the_time_of_its_slot(log):
    product("Laptop", stock=3)
    told = update().splitlines()
    assert log.read_text().splitlines() == [f"2026-03-01 02:00:00 {line}" for line in told]


def test_a_second_time_for_the_same_slot_changes_nothing_more(log):
    product("Laptop", stock=3)
    update()
    before = log.read_text()
    said = update()
    assert (stocks(), log.read_text()) == ({"Laptop": 13}, before)
    assert said.endswith("The log has lines of this time already; these were not added.\n")


def test_another_slot_logs_again(log):
    update()
    product("Mouse", stock=1)
    update(run_date=NOW + timedelta(hours=12))
    assert "2026-03-01 14:00:00 Mouse: 11 in stock" in log.read_text().splitlines()


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
    assert not log.exists()
