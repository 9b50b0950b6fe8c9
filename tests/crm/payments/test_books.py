from threading import Event

import pytest
from django.db import transaction

from crm.models import PaymentDifference
from crm.payments.books import store
from crm.payments.compare import Case, findings
from crm.payments.provider import Charge
from tests.jobs_api.concurrency.crowd import crowd

from ..factories import NOW
from ..stripe_stand_in import charge


@pytest.mark.django_db(transaction=True)
def test_two_runs_that_find_the_same_at_the_same_moment_store_it_once():
    """One by hand, say, next to that of the slot."""
    case = Case(None, [Charge.model_validate(charge(id="ch_1"))])
    found = findings(case, until=NOW)
    stored, waited_for = Event(), Event()

    def first():
        with transaction.atomic():
            store([case], found, slot=NOW)
            stored.set()
            waited_for.wait(0.3)  # the second sees nothing of it yet, and gets as far as it can

    def second():
        stored.wait(10)
        store([case], found, slot=NOW)
        waited_for.set()

    with crowd(2) as together:
        together(first, second)
    assert list(PaymentDifference.objects.values_list("charge_id", "found_at")) == [("ch_1", NOW)]
