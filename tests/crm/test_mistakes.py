"""Mistakes often seen in apps like this one, each tried on a thousand customers."""

import socket
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from threading import Thread

import pytest
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from gql.transport.exceptions import TransportQueryError
from graphql import GraphQLError, parse, validate

from crm.graphql import client as documents
from crm.graphql.client import ask
from crm.jobs import jobs
from crm.models import Customer, Order, OrderItem, OrderStatus, Product, Upload
from crm.schema import schema

from .factories import NOW, ago, customer, order, product
from .mail_server import send_through
from .running import run
from .sampled import CUSTOMERS, sampled

YEAR = timedelta(days=365)
DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper()}


@pytest.fixture(scope="module", autouse=True)
def sample(django_db_setup, django_db_blocker):
    """Stays for all tests here; each takes back what it did itself."""
    with sampled(django_db_blocker, day=NOW.date()):
        yield


pytestmark = pytest.mark.django_db


# -- the clean-up -----------------------------------------------------------------------------


def clean_up():
    return run("cleanup_inactive_customers", run_date=NOW).splitlines()


def test_a_clean_up_spares_yesterdays_sign_ups():
    """Mistake: everybody without a recent order is deleted, also who came yesterday."""
    new = set(Customer.objects.filter(created_at__gte=ago(days=2), orders=None).values_list("pk", flat=True))
    new |= {customer(created_at=ago(days=1)).pk}
    young = Customer.objects.filter(created_at__gte=NOW - YEAR)
    before = young.count()
    clean_up()
    assert young.count() == before > 500
    assert Customer.objects.filter(pk__in=new, anonymised_at=None).count() == len(new)


def test_a_clean_up_spares_active_customers_with_one_old_order():
    """Mistake: a filter over the join finds the old order, and deletes a regular customer."""
    old, recent = {"orders__order_date__lt": NOW - YEAR}, {"orders__order_date__gte": NOW - YEAR}
    regulars = set(Customer.objects.filter(**old).filter(**recent).values_list("pk", "email"))
    clean_up()
    assert len(regulars) == CUSTOMERS / 10
    assert regulars <= set(Customer.objects.values_list("pk", "email"))


def test_a_clean_up_takes_no_revenue_with_it():
    """Mistake: orders go with their customer, and last year's revenue with the orders."""
    stats = ask(documents.CRM_STATS)["crmStats"]
    amounts = Order.objects.exclude(status=OrderStatus.CANCELLED).values_list("total_amount", flat=True)
    assert Decimal(str(stats["totalRevenue"])) == sum(amounts) > 500_000
    rows = Order.objects.count(), OrderItem.objects.count()
    clean_up()
    after = ask(documents.CRM_STATS)["crmStats"]
    assert (after["totalRevenue"], after["totalOrders"]) == (stats["totalRevenue"], stats["totalOrders"])
    assert (Order.objects.count(), OrderItem.objects.count()) == rows


def test_a_clean_up_counts_customers_not_cascaded_rows():
    """Mistake: the first number that delete() returns, which counts all that went along."""
    never = Customer.objects.filter(created_at__lt=NOW - YEAR, orders=None)
    Upload.objects.bulk_create(Upload(customer=someone, text="Hello") for someone in list(never) * 3)
    count = never.count()
    assert f" {count} deleted" in clean_up()[-1]
    assert count == CUSTOMERS / 10


# -- jobs and GraphQL -------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_jobs_ask_fits_the_schema(document):
    """Mistake: a document that asks for what the schema does not have, found out at night."""
    assert validate(schema.graphql_schema, parse(document)) == []
    with pytest.raises(GraphQLError, match="Cannot query field"):
        ask(document.replace("{", "{ noSuchField ", 1))


ASKING = ("log_heartbeat", "send_order_reminders", "update_low_stock", "generate_crm_report")


@pytest.mark.parametrize("job", ASKING)
def test_a_job_whose_question_fails_says_so(job, monkeypatch, settings, tmp_path, mailoutbox):
    """Mistake: the error is caught and printed, and the job counts as done."""
    settings.CRM_LOG_DIR = tmp_path
    for root in (schema.graphql_schema.query_type, schema.graphql_schema.mutation_type):
        for field in root.fields.values():
            monkeypatch.setattr(field, "resolve", broken)
    with pytest.raises((TransportQueryError, CommandError), match="no answer today"):
        run(job, run_date=NOW)
    logged = [path for path in tmp_path.iterdir() if path.stat().st_size]
    assert (mailoutbox, logged) == ([], [])


def broken(*_, **__):
    raise GraphQLError("no answer today")


def test_reminders_that_nobody_got_are_not_said_to_be_processed(settings):
    """Mistake: `Order reminders processed!`, whatever became of them."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        send_through(settings, taken.getsockname()[1])
    order(order_date=timezone.now(), status=OrderStatus.PENDING)
    out = StringIO()
    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("send_order_reminders", stdout=out)
    assert "processed" not in out.getvalue()


# -- time -------------------------------------------------------------------------------------


def remind(slot):
    return run("send_order_reminders", run_date=slot)


def test_an_order_is_reminded_of_once_in_seven_days(mailoutbox):
    """Mistake: each night of the week finds the same orders, and mails again."""
    order(order_date=NOW, status=OrderStatus.PENDING)
    pending = Order.objects.filter(status=OrderStatus.PENDING, order_date__gte=ago(days=7)).count()
    for night in range(7):
        remind(NOW + timedelta(days=night))
    subjects = Counter(mail.subject for mail in mailoutbox)
    assert len(subjects) == pending > CUSTOMERS / 10
    assert set(subjects.values()) == {1}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_seven_days_are_the_same_seven_days_in_every_zone(settings, zone):
    """Mistake: naive datetimes, which put the window off by the offset from UTC."""
    settings.TIME_ZONE = zone
    for hours in (0, 1, 167, 168, 169):
        order(order_date=ago(hours=hours), status=OrderStatus.PENDING)
    pending = Order.objects.filter(status=OrderStatus.PENDING).values_list("pk", "order_date")
    due = {pk for pk, placed_at in pending if NOW - timedelta(hours=168) <= placed_at <= NOW}
    remind(NOW)
    reminded = Order.objects.filter(reminded_at=NOW).values_list("pk", flat=True)
    assert set(reminded) == due
    assert len(due) < len(pending)


@pytest.mark.parametrize("job", [job.command for job in jobs if get_commands()[job.command] == "crm"])
def test_a_naive_slot_is_refused(job):
    """Mistake: a time without a zone, which each machine reads as another."""
    with pytest.raises(ValueError, match="time zone"):
        run(job, run_date=datetime(2026, 3, 1, 2))  # noqa: DTZ001


# -- GraphQL ----------------------------------------------------------------------------------

BULK = """mutation ($rows: [CustomerInput!]!) {
  bulkCreateCustomers(input: $rows) { customers { email } errors }
}"""
ORDER = """mutation ($customer: ID!, $products: [ID!]!, $date: DateTime) {
  createOrder(input: {customerId: $customer, productIds: $products, orderDate: $date}) {
    order { totalAmount orderDate }
  }
}"""
CUSTOMERS_PAGE = """query ($after: String) {
  allCustomers(first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { email } }
  }
}"""
ORDERS = """query ($first: Int!) {
  allOrders(first: $first) { edges { node { totalAmount customer { name } products { name price } } } }
}"""


def place(**given):
    return ask(ORDER, customer=customer().pk, **given)["createOrder"]["order"]


def test_a_bulk_create_reports_created_what_is_in_the_database():
    """Mistake: one bad row rolls all back, and the answer still lists the others."""
    taken = Customer.objects.values_list("email", flat=True)[0]
    rows = [{"name": "New", "email": f"new-{number}@example.com"} for number in range(500)]
    rows[100], rows[400] = {"name": "Taken", "email": taken.upper()}, rows[0] | {"phone": "555"}
    answer = ask(BULK, rows=rows)["bulkCreateCustomers"]
    reported = {row["email"] for row in answer["customers"]}
    assert (len(reported), len(answer["errors"])) == (498, 2)
    assert reported == set(Customer.objects.filter(name="New").values_list("email", flat=True))


def test_an_order_with_an_unknown_product_is_refused():
    """Mistake: `filter(pk__in=ids)`, which drops what it does not find."""
    before = Order.objects.count()
    with pytest.raises(TransportQueryError, match="Invalid product ID"):
        place(products=[Product.objects.first().pk, 10**9])
    assert Order.objects.count() == before


def test_an_order_has_the_date_that_was_supplied():
    """Mistake: `auto_now_add`, which overwrites it."""
    made = place(products=[product().pk], date="2025-01-31T08:30:00+01:00")
    assert datetime.fromisoformat(made["orderDate"]) == datetime(2025, 1, 31, 7, 30, tzinfo=UTC)
    assert Order.objects.latest("pk").order_date == datetime(2025, 1, 31, 7, 30, tzinfo=UTC)


def test_totals_stay_when_prices_change():
    """Mistake: the total is the sum of today's prices."""
    totals = dict(Order.objects.values_list("pk", "total_amount"))
    revenue = ask(documents.CRM_STATS)
    Product.objects.update(price=1)
    assert dict(Order.objects.values_list("pk", "total_amount")) == totals
    assert ask(documents.CRM_STATS) == revenue


def test_a_hundred_orders_take_as_many_statements_as_ten():
    """Mistake: one statement more for each order's customer, and another for its products."""
    statements = []
    for first in (10, 100):
        with CaptureQueriesContext(connection) as captured:
            assert len(ask(ORDERS, first=first)["allOrders"]["edges"]) == first
        statements.append(len(captured))
    assert statements[0] == statements[1] < 6


def test_all_customers_can_be_counted_and_had():
    """Mistake: a list that ends at 100 without a word, and a count of what is on the page."""
    emails, more, after = [], True, None
    while more:
        page = ask(CUSTOMERS_PAGE, after=after)["allCustomers"]
        assert page["totalCount"] == CUSTOMERS
        emails += [edge["node"]["email"] for edge in page["edges"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert sorted(emails) == sorted(Customer.objects.values_list("email", flat=True))


@pytest.mark.django_db(transaction=True)
def test_restocking_does_not_undo_what_happens_meanwhile():
    """Mistake: the stock is read, added to, and written over what somebody else has written."""
    low, answers = product(stock=5), []

    def restock():
        with closing(connection):
            answers.append(ask(documents.RESTOCK)["updateLowStockProducts"]["updatedProducts"])

    thread = Thread(target=restock)
    with transaction.atomic():
        Product.objects.filter(pk=low.pk).update(stock=25)  # a delivery that is being entered
        thread.start()
        thread.join(0.3)
    thread.join()
    low.refresh_from_db()
    assert low.stock == 25
    assert all(row["stock"] != 15 for row in answers[0] if row["name"] == low.name)


# -- HTTP -------------------------------------------------------------------------------------


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_post_is_answered_where_it_is_sent(client, api, settings, tmp_path, slash):
    """Mistake: a redirect for the slash at the end, which most clients follow with a GET."""
    settings.CRM_LOG_DIR = tmp_path
    asked = client.post(f"/graphql{slash}", {"query": documents.HELLO})
    assert (asked.status_code, asked.json()) == (200, {"data": {"hello": "Hello, GraphQL!"}})
    triggered = api("POST", f"/api/jobs/log_heartbeat/run{slash}")
    assert (triggered.status_code, triggered.json()["outcome"]) == (200, "succeeded")
    # Where an hour has just begun, it runs jobs that need keys: 500 is their answer, not a redirect.
    assert "counts" in api("POST", f"/api/run-due{slash}").json()


def test_every_job_that_is_declared_is_known_to_the_server(api):
    """Mistake: a schedule in a settings module, or a beat process, that production never loads."""
    listed = {job["name"]: job["schedule"] for job in api("GET", "/api/jobs").json()["jobs"]}
    assert listed == {job.name: job.schedule for job in jobs}
    assert len(listed) == 12
