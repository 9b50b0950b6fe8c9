"""Jobs that write to log files, and what they ask GraphQL for."""

from crm.models import Product

from .conftest import at


def test_the_heartbeat_is_in_the_log(app):
    wrote = app.once("log_heartbeat")
    assert app.log("crm_heartbeat_log.txt") == wrote
    assert wrote[0].endswith(" CRM is alive")


def test_low_stock_is_filled_up_and_logged(app):
    before = dict(Product.objects.values_list("name", "stock"))
    low = {name: stock + 10 for name, stock in before.items() if stock < 10}

    wrote = app.once("update_low_stock", at(12))

    assert dict(Product.objects.values_list("name", "stock")) == before | low
    assert low
    assert sorted(wrote[:-1]) == sorted(f"{name}: {stock} in stock" for name, stock in low.items())
    assert wrote[-1] == f"{len(low)} low-stock products updated"
    entry = [f"{at(12):%Y-%m-%d %H:%M:%S} {wrote[-1]}", *(f"    {line}" for line in wrote[:-1])]
    assert app.log("low_stock_updates_log.txt") == entry
