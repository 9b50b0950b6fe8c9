"""What the tests of reconcile_payments share: a slot, its hour, and what became of it."""

from datetime import timedelta

from crm.models import Order, OrderStatus, Payment, PaymentDifference

from ..factories import NOW, ago, order
from ..running import run

HOUR = timedelta(hours=1)
NEXT = NOW + HOUR


def reconcile(run_date=NOW, **how):
    return run("reconcile_payments", run_date=run_date, **how)


def summary(run_date=NOW):
    return reconcile(run_date).splitlines()[-1].split(": ")[1]


def paid(**delta):
    """An order paid so long before NOW, or half an hour before it."""
    return order(order_date=ago(**(delta or {"minutes": 30})))


def unpaid(**delta):
    return order(order_date=ago(**(delta or {"minutes": 30})), status=OrderStatus.PENDING)


def differences(**where):
    """(kind, order, charge, found, resolved) of each, by kind."""
    rows = PaymentDifference.objects.filter(**where).order_by("kind", "charge_id", "order")
    return list(rows.values_list("kind", "order", "charge_id", "found_at", "resolved_at"))


def everything():
    tables = (Payment, PaymentDifference, Order)
    return [list(table.objects.order_by("pk").values()) for table in tables]
