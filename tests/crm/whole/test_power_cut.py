"""The power fails in the middle of a job that mails: whoever was mailed is not mailed again."""

import json
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from urllib3.exceptions import HTTPError

from crm.models import Order, OrderStatus
from jobs_api.models import JobRun, Reason, State

from ..factories import order
from .app import App
from .server import serve

JOB = "send_order_reminders"
HOUR = timezone.now().replace(minute=0, second=0, microsecond=0)
SLOT = HOUR - timedelta(hours=1)
# Reminders are for the day: a slot of twelve hours ago has expired, so this is where it is about nine.
OFFSET = (9 - HOUR.hour + 12) % 24 - 12
SETTINGS = {
    "TIME_ZONE": f"Etc/GMT{-OFFSET:+}",
    "WHOLE_JOBS_API": json.dumps({"LEASE_SECONDS": 3, "RENEW_SECONDS": 0.5}),
}


def reminded():
    return set(Order.objects.filter(reminded_at__isnull=False).values_list("customer__email", flat=True))


def found():
    """The job's only run; those of others may have become due meanwhile."""
    return JobRun.objects.get(job_name=JOB)


def test_after_a_power_cut_each_customer_has_one_mail_but_for_the_one_in_flight(operator, folder):
    for _ in range(12):
        order(order_date=SLOT - timedelta(days=1), status=OrderStatus.PENDING)

    with serve(folder, WHOLE_LAST_MAIL="7", **SETTINGS) as url:
        app = App(url, folder, operator)
        with pytest.raises(HTTPError):  # nobody is left to answer
            app.run(JOB)
    assert (found().state, len(app.mails()), len(reminded())) == (State.RUNNING, 7, 6)
    (in_flight,) = {mail["To"] for mail in app.mails()} - reminded()

    with serve(folder, **SETTINGS) as url:
        app = App(url, folder, operator)
        give_up = time.monotonic() + 30
        while found().state != State.SUCCEEDED and time.monotonic() < give_up:
            app.send("POST", "/api/run-due")
            time.sleep(0.2)

    run = found()
    assert (run.state, run.attempt, run.run_date) == (State.SUCCEEDED, 2, SLOT)
    assert [old.reason for old in run.superseded.all()] == [Reason.LOST]
    mailed = Counter(mail["To"] for mail in app.mails())
    assert mailed == Counter(reminded()) + Counter([in_flight])
    assert len(mailed) == 12
