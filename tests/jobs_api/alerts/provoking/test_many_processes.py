"""Eight processes evaluate and send at once, while jobs fail and recover: seen from a real receiver."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs_api import Job, database
from jobs_api.alerts import outbox
from jobs_api.models import AlertMessage, Incident
from tests.jobs_api.alerts.provoking.acts import CHANNELS, JOBS
from tests.jobs_api.alerts.provoking.conftest import LONG
from tests.jobs_api.alerts.provoking.receiver import hangs
from tests.jobs_api.outgoing.peers import ends
from tests.jobs_api.together import together
from tests.toys.child.start import start

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, ROUNDS = 8, 3 if LONG else 1
ACTS = "tests.jobs_api.alerts.provoking.acts"


@pytest.mark.parametrize("hosts", ["alike", "of two declarations"])
def test_each_incident_and_its_end_is_told_once_to_each_channel(receiver, tmp_path, hosts):
    """Of two declarations: some hosts know one channel only, and some none."""
    together(PROCESSES, f"{ACTS}:looks_on", tmp_path, receiver.port, ROUNDS, hosts)
    for channel in CHANNELS:
        once = [(event, "failed", job) for event in ("opened", "recovered") for job in JOBS]
        assert Counter(receiver.told(channel)) == dict.fromkeys(once, ROUNDS)
    assert set(receiver.times().values()) == {1}
    assert len(receiver.asked) == len(receiver.taken)
    assert Incident.objects.filter(closed_at=None).count() == 0
    assert AlertMessage.objects.filter(sent_at=None).count() == 0


def test_what_a_killed_process_had_in_hand_comes_once_more_with_the_same_id(receiver, api, declare, settings):
    declare("invoices", schedule=None, max_attempts=1, options={"fail": True})
    assert api("POST", "/api/jobs/invoices/run").status_code == 500
    alerts = {"CHANNELS": receiver.channels("ops")}
    receiver.behaves["ops"] = hangs
    process = start("jobs_alerts", "evaluate", jobs=_declared(), jobs_api={"ALERTS": alerts})
    assert ends(lambda: receiver.asked or process.poll() is not None, 30)
    process.kill()  # in the middle of its send: the receiver has the message, and nobody knows
    process.communicate()
    del receiver.behaves["ops"]
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": alerts}
    assert outbox.deliver("ops") == 0, "it is in that process's hands for two minutes"
    together(PROCESSES, f"{ACTS}:sends_after_the_claim", receiver.port)
    assert [each.told for each in receiver.taken] == [("opened", "failed", "invoices")]
    assert {each.id for each in receiver.asked} == {receiver.taken[0].id}
    assert len(receiver.asked) == 2
    assert AlertMessage.objects.get().sent_at > database.now()


def _declared():
    return [Job("invoices", command="toy", schedule=None, max_attempts=1)]
