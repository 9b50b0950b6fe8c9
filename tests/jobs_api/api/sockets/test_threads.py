"""A caller with a token, or without one, and forty connections: the server's four threads go on serving."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from jobs_api.models import JobRun, State
from tests.jobs_api.api.endpoints import newest_run
from tests.jobs_api.execution.draining.server import SECRET, eventually

from .conftest import NIGHTLY
from .raw import Raw, head

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "/api/jobs/nightly/run"
CHUNKED = "Transfer-Encoding: chunked"
MANY = 40
PROMPT = 10
"""Seconds, on a busy machine; without a bound it is as long as the attacker likes, or a minute and more."""


@pytest.fixture
def attack():
    """``attack(port, text)`` opens forty connections that say this, and no more."""
    with ExitStack() as stack:

        def open_all(port, text):
            return [stack.enter_context(Raw(port)).say(text) for _ in range(MANY)]

        yield open_all


def live(port):
    """How long `live` takes, on a connection of its own."""
    began = time.monotonic()
    with Raw(port) as raw:
        assert raw.say(head("GET", "/api/health/live", "-", "Connection: close")).answer().status == 200
    return time.monotonic() - began


def answers(connections):
    """What each of them hears."""
    with ThreadPoolExecutor(len(connections)) as pool:
        return list(pool.map(Raw.answer, connections))


ATTACKS = {
    "chunks that stall": (head("POST", RUN, SECRET, CHUNKED) + b"2\r\n{}\r\n", {408}),
    "a length and nothing": (head("POST", "/api/run-due", SECRET, "Content-Length: 100"), {408}),
    "no token, a length and nothing": (head("POST", RUN, "-", "Content-Length: 100"), {401}),
    "too large, and nothing": (head("POST", RUN, SECRET, "Content-Length: 70000"), {413}),
}


@pytest.mark.parametrize(("text", "statuses"), ATTACKS.values(), ids=ATTACKS)
def test_forty_bodies_that_stall_leave_threads_for_health(start, declare, attack, text, statuses):
    declare(**NIGHTLY)
    port = start("gthread", threads=4)
    stalled = attack(port, text)
    assert max(live(port) for _ in range(3)) < PROMPT
    assert {answer.status for answer in answers(stalled)} <= statuses
    assert all(connection.closed(PROMPT) for connection in stalled)
    assert not JobRun.objects.exists()


def test_forty_that_wait_leave_threads_for_health_and_are_answered_what_is_known(start, declare, attack):
    port, run = start("gthread", threads=4), newest_run(declare(**NIGHTLY), State.RUNNING)
    waiting = attack(port, head("POST", f"{RUN}?wait=25", SECRET))
    assert max(live(port) for _ in range(3)) < PROMPT
    with ThreadPoolExecutor(MANY) as pool:
        coming = [pool.submit(connection.answer) for connection in waiting]
        eventually(lambda: sum(each.done() for each in coming) == MANY - 1)
        assert {each.result().json["outcome"] for each in coming if each.done()} == {"already_running"}
        JobRun.objects.filter(pk=run.pk).update(state=State.SUCCEEDED, held_job=None, lease_expires_at=None)
        said = [each.result(20) for each in coming]
    assert Counter((one.status, one.headers.get("Preference-Applied")) for one in said) == {
        (202, None): MANY - 1,
        (200, "wait=25"): 1,
    }


def test_those_who_wait_leave_a_place_to_a_body_that_comes_slowly(start, declare, attack):
    """Else one token, or one impatient dashboard, would shut out every caller on a slow line."""
    port, run = start("gthread", threads=4), newest_run(declare(**NIGHTLY), State.RUNNING)
    waiting = attack(port, head("POST", f"{RUN}?wait=5", SECRET))
    with Raw(port).say(head("POST", RUN, SECRET, "Content-Length: 2")) as slow:
        time.sleep(0.3)  # so long that it needs a place, and far from the end of its time
        assert slow.say(b"{}").answer().status == 202
    JobRun.objects.filter(pk=run.pk).update(state=State.SUCCEEDED, held_job=None, lease_expires_at=None)
    assert {answer.status for answer in answers(waiting)} <= {200, 202}


def test_places_are_free_again_afterwards(start, declare, attack):
    port = start("gthread", threads=6)
    job = declare(**NIGHTLY)
    answers(attack(port, head("POST", RUN, SECRET, CHUNKED)))
    newest_run(job, State.RUNNING)
    with Raw(port) as one, Raw(port) as another:
        both = [raw.say(head("POST", f"{RUN}?wait=1", SECRET)) for raw in (one, another)]
        assert [raw.answer().headers.get("Preference-Applied") for raw in both] == ["wait=1"] * 2


def test_the_only_thread_of_a_sync_worker_is_free_again_in_time(start, declare):
    declare(**NIGHTLY)
    port = start("sync")
    with Raw(port).say(head("POST", RUN, SECRET, CHUNKED)) as stalled:
        assert live(port) < PROMPT
        assert stalled.answer().status == 408
