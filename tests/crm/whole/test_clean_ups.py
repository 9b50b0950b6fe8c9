"""Jobs that delete: what they take and what they leave, among a thousand customers."""

import gzip
import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from crm.jobs import jobs
from crm.models import Customer, Order, OrderItem, OrderStatus, Post, PostStatus
from jobs_api.models import JobRun
from tests.conftest import stored_run

from ..factories import customer, order
from .conftest import at

SLOT, YEAR = at(2), timedelta(days=365)
CASES = {
    "never ordered and old": (900, [], "deleted"),
    "never ordered, came yesterday": (1, [], "kept"),
    "last order two years ago": (900, [800, 730], "anonymised"),
    "old and recent orders": (900, [730, 30], "kept"),
    "recent order only": (900, [30], "kept"),
}


@pytest.fixture(scope="module")
def five(db):
    """A customer of each case, besides those of the sample, with the fate that it is to have."""

    def live(name, came, ordered):
        someone = customer(name, created_at=SLOT - timedelta(days=came))
        for days in ordered:
            order(someone, order_date=SLOT - timedelta(days=days))
        return someone.pk

    return {live(name, came, ordered): fate for name, (came, ordered, fate) in CASES.items()}


def fate(came_at, orders):
    """By the words of the rule, without a query of the app."""
    if came_at >= SLOT - YEAR or any(placed_at >= SLOT - YEAR for placed_at in orders):
        return "kept"
    return "anonymised" if orders else "deleted"


def expected():
    orders = {}
    for someone, placed_at in Order.objects.values_list("customer", "order_date"):
        orders.setdefault(someone, []).append(placed_at)
    everybody = Customer.objects.values_list("pk", "created_at")
    return {pk: fate(came_at, orders.get(pk, [])) for pk, came_at in everybody}


def found(customers):
    left = dict(Customer.objects.values_list("pk", "anonymised_at"))
    return {pk: "deleted" if pk not in left else "anonymised" if left[pk] else "kept" for pk in customers}


def history():
    return [list(model.objects.order_by("pk").values()) for model in (Order, OrderItem)]


def reported(app, run_date):
    """Customers, orders and revenue as the weekly report gives them."""
    (line,) = [line for line in app.once("generate_crm_report", run_date) if " - Report: " in line]
    words = line.partition(" - Report: ")[2].split()
    return int(words[0]), int(words[2]), Decimal(words[4])


def earned():
    rows = Order.objects.values_list("status", "total_amount")
    return sum(amount for status, amount in rows if status != OrderStatus.CANCELLED)


def test_the_clean_up_leaves_the_right_customers_and_the_report_its_revenue(app, five):
    wanted, rows, people = expected(), history(), Customer.objects.count()
    before = reported(app, at(6, days=-6))

    wrote = app.once("cleanup_inactive_customers", SLOT)

    assert found(five) == five
    assert found(wanted) == wanted
    fates = Counter(wanted.values())
    assert all(fates[kind] >= 100 for kind in ("deleted", "anonymised", "kept"))
    assert wrote[-1] == (f"Inactive customers: {fates['deleted']} deleted, {fates['anonymised']} anonymised.")
    assert history() == rows
    after = reported(app, at(6, days=1))
    assert before == (people, len(rows[0]), earned())
    assert after == (people - fates["deleted"], *before[1:])


def test_drafts_go_after_a_week_and_published_posts_stay(app):
    slot = at(3)
    posts = dict(Post.objects.values_list("pk", "title"))
    stale = {
        pk
        for pk, status, touched in Post.objects.values_list("pk", "status", "updated_at")
        if status == PostStatus.DRAFT and touched <= slot - timedelta(days=7)
    }
    wrote = app.once("cleanup_stale_drafts", slot)
    assert set(Post.objects.values_list("pk", flat=True)) == posts.keys() - stale
    assert wrote[-1] == f"Stale drafts: {len(stale)} deleted."
    assert len(wrote) == len(stale) + 1 > 5


def test_expired_sessions_are_cleared(app):
    for key, days in {"expired": -1, "in use": 1}.items():
        Session.objects.create(session_key=key, expire_date=timezone.now() + timedelta(days=days))
    app.once("clear_sessions")
    assert [session.session_key for session in Session.objects.all()] == ["in use"]


def test_old_runs_are_in_the_archive_and_no_more_in_the_table(app):
    (job,) = [job for job in jobs if job.name == "log_heartbeat"]
    app.run(job.name)  # so that the database knows the job
    old, young = (stored_run(job, at(0, days=-days)) for days in (500, 300))

    wrote = app.once("archive_job_runs", at(3, 45))

    assert set(JobRun.objects.filter(pk__in=[old.pk, young.pk])) == {young}
    (path,) = (app.folder / "archive").iterdir()
    with gzip.open(path, "rt") as lines:
        assert [json.loads(line)["id"] for line in lines] == [old.pk]
    assert wrote[-1].startswith("1 runs before")
