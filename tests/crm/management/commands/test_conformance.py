"""What every job of the app promises: a slot run twice changes nothing more, a run that is cancelled stops
between two batches and the next goes on, and by hand the command counts from now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from crm import jobs as crm_jobs
from crm.conf import archive_dir
from crm.models import Customer, Order, OrderStatus, PaymentDifference, Post, Product, Upload
from crm.patterns import in_batches
from jobs_api import RunStopped
from jobs_api.execution.current import CurrentRun
from jobs_api.models import JobRun
from jobs_api.runs import job_state
from tests.conftest import stored_run

from ...factories import NOW, customer, delivery, order, post, product, upload
from ...receiver import receiving
from ...running import run
from ...stripe_stand_in import charge

pytestmark = pytest.mark.django_db
JOBS = {job.name: job for job in crm_jobs.jobs}
ITEMS = 3
"""How much there is to do for each job, unless it does one thing only."""


@dataclass
class World:
    """All that jobs reach: the time of the slot, a folder for files, and servers that stand in for others."""

    folder: Path
    mails: list[Any]
    stripe: Any
    receiver: Any
    now: datetime = field(default=NOW)

    def ago(self, **delta):
        return self.now - timedelta(**delta)

    def log(self):
        return [line for path in self.folder.glob("*.txt") for line in path.read_text().splitlines()]

    def effects(self):
        """Everything that a job could have changed."""
        models = [*apps.get_app_config("crm").get_models(), Session, JobRun]
        rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}
        files = {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return rows, files, len(self.mails), len(self.receiver.messages)


@pytest.fixture
def world(settings, tmp_path, mailoutbox, stripe):
    settings.CRM_LOG_DIR, settings.CRM_WEBHOOK_HOSTS = tmp_path, ["127.0.0.1"]
    settings.CRM_REPORT_RECIPIENTS = [f"boss-{number}@example.com" for number in range(ITEMS)]
    with receiving() as receiver:
        yield World(tmp_path, mailoutbox, stripe, receiver)


class Work(NamedTuple):
    """What to prepare for a job, how often, and how to see how much of it is left."""

    prepare: Callable[[World, int], object]
    left: Callable[[World], int]
    items: int = ITEMS


def charge_without_an_order(world, number):
    world.stripe.charges.append(charge(at=world.ago(minutes=30)))


def pending_order(world, number):
    order(order_date=world.ago(days=1), status=OrderStatus.PENDING)


def colleague(world, number):
    User.objects.create_user(f"colleague-{number}", f"{number}@example.com", is_staff=True)


def expired_session(world, number):
    Session.objects.create(session_key=f"{number}", expire_date=timezone.now() - timedelta(days=1))


def old_run(world, number):
    job_state.know_all(at=world.now)  # as before the first run of a job: the clean-up goes job by job
    stored_run(JOBS["log_heartbeat"], world.ago(days=500 + number))


def nothing(world, number):
    """It has its work by itself."""


WORK = {
    "cleanup_inactive_customers": Work(
        lambda world, _: customer(created_at=world.ago(days=900)), lambda _: Customer.objects.count()
    ),
    "send_order_reminders": Work(pending_order, lambda _: Order.objects.filter(reminded_at=None).count()),
    "log_heartbeat": Work(nothing, lambda world: 1 - len(world.log()), items=1),
    "update_low_stock": Work(
        lambda world, _: product(stock=3), lambda _: Product.objects.filter(stock__lt=10).count()
    ),
    "generate_crm_report": Work(nothing, lambda world: ITEMS - len(world.mails)),
    "cleanup_stale_drafts": Work(
        lambda world, _: post(updated_at=world.ago(days=8)), lambda _: Post.objects.count()
    ),
    "reconcile_payments": Work(
        charge_without_an_order, lambda _: ITEMS - PaymentDifference.objects.filter(kind="no_order").count()
    ),
    "moderate_uploads": Work(
        lambda world, _: upload("Thank you for the lamp.", created_at=world.ago(hours=1)),
        lambda _: Upload.objects.filter(checked_at=None).count(),
    ),
    "send_daily_digest": Work(colleague, lambda world: ITEMS - len(world.mails)),
    "deliver_webhooks": Work(
        lambda world, _: delivery(world.receiver.endpoint(), next_try_at=world.now),
        lambda world: ITEMS - len(world.receiver.messages),
    ),
    "clear_sessions": Work(expired_session, lambda _: Session.objects.count()),
    "archive_job_runs": Work(old_run, lambda _: JobRun.objects.count()),
}
AT_ONCE = {
    "log_heartbeat": "one line",
    "update_low_stock": "one statement",
    "clear_sessions": "Django's command: one statement",
    "archive_job_runs": "the command of jobs_api, with tests of its own",
}
"""Jobs without batches of this app, and what they do instead."""


def perform(world, name, **how):
    """Run the job's command as the job would, with its arguments."""
    job = JOBS[name]
    arguments = [str(world.folder) if part == str(archive_dir()) else part for part in job.args]
    return run(job.command, *arguments, **({"run_date": world.now} | how))


def prepare(world, name):
    work = WORK[name]
    for number in range(work.items):
        work.prepare(world, number)
    assert work.left(world) == work.items


def test_every_job_is_asked():
    assert WORK.keys() == JOBS.keys()


@pytest.mark.parametrize("name", JOBS)
def test_a_second_time_for_the_same_slot_changes_nothing_more(world, name):
    prepare(world, name)
    perform(world, name)
    assert WORK[name].left(world) == 0
    effects = world.effects()
    perform(world, name)
    assert world.effects() == effects


@pytest.mark.parametrize("name", JOBS)
def test_by_hand_it_counts_from_now(world, name):
    world.now = timezone.now()
    prepare(world, name)
    perform(world, name, run_date=None)
    assert WORK[name].left(world) == 0


@pytest.mark.parametrize("name", [name for name in JOBS if name not in AT_ONCE])
def test_a_cancelled_run_keeps_what_it_has_done_and_the_next_one_goes_on(world, name, monkeypatch):
    prepare(world, name)
    current = CurrentRun(job_name=name, run_date=world.now, attempt=1)

    def stopped_after_one(items, size=500):
        for batch in in_batches(items, size=1):
            yield batch
            current.stop("cancelled")

    with monkeypatch.context() as patch:
        command = import_module(f"crm.management.commands.{JOBS[name].command}")
        patch.setattr(command, "in_batches", stopped_after_one)
        with pytest.raises(RunStopped):
            perform(world, name, within=current)
    assert (current.done, current.total) == (1, ITEMS)
    assert WORK[name].left(world) == ITEMS - 1
    perform(world, name)
    assert WORK[name].left(world) == 0
