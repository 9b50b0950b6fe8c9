"""What becomes of commands that run when a server is told to stop."""

from __future__ import annotations

import time
from contextlib import suppress
from subprocess import TimeoutExpired
from typing import Any

from tools.chaos.services import Service
from tools.live.caller import eventually
from tools.servers.catalogue import GRACE
from tools.servers.exam import Exam, later

PATIENCE = GRACE + 5
"""Seconds that a platform waits before it kills."""
JOBS = {
    "short": ("here", {"seconds": 1.5}),
    "long": ("here", {"seconds": 60, "how": "check"}),
    "subprocess": ("apart", {"seconds": 3}),
}
"""What runs at that moment."""


def stop(exam: Exam, service: Service) -> None:
    """Stop the server while three commands run; then the second host brings each slot to its one success."""
    slots = {name: exam.place.slot() for name in JOBS}
    answers = {}
    for name in ("subprocess", "short", "long"):
        job, options = JOBS[name]
        prefer = "respond-async" if job == "apart" else ""
        answers[name] = later(exam.here.trigger, job, slots[name], prefer=prefer, **options)
        exam.expect(_started(exam, slots[name]), f"{name} does not start")
        if job == "apart":
            answers[name].result()
    service.terminate()
    told, ended = time.monotonic(), True
    assert service._process
    try:
        service._process.wait(PATIENCE)
    except TimeoutExpired:
        ended = False
        service.kill_all()
    exam.findings["ends"] = f"after {time.monotonic() - told:.0f} s" if ended else "is killed"
    first = {name: exam.attempts(_run(exam, name, slots[name]))[0] for name in JOBS}
    exam.findings |= {name: _fate(first[name]) for name in JOBS}
    heard = answers["short"].result().status == 200 or exam.findings["short"] != "finished"
    exam.expect(heard or exam.server.hangs_up, "the response of the short command is lost")
    for name, slot in slots.items():
        _one_success(exam, name, slot)


def _started(exam: Exam, slot: str) -> bool:
    return bool(eventually(lambda: exam.notes(slot, "start"), 10))


def _run(exam: Exam, name: str, slot: str) -> str:
    """The address of the slot's run, once its first attempt has ended and another has succeeded."""
    answer = eventually(lambda: _done(exam, JOBS[name][0], slot), 30)
    exam.expect(answer, f"{name}: its slot is not done half a minute after the end of the server")
    return str(exam.other.trigger(JOBS[name][0], slot).body["run"]["url"])


def _done(exam: Exam, job: str, slot: str) -> bool:
    with suppress(KeyError):
        return exam.other.trigger(job, slot, prefer="wait=5").outcome in ("succeeded", "already_succeeded")
    return False


def _fate(attempt: dict[str, Any]) -> str:
    if attempt["state"] == "succeeded":
        return "finished"
    return {"interrupted": "handed back"}.get(attempt["reason"], attempt["reason"])


def _one_success(exam: Exam, name: str, slot: str) -> None:
    attempts = exam.attempts(_run(exam, name, slot))
    succeeded = sum(attempt["state"] == "succeeded" for attempt in attempts)
    exam.expect(succeeded == 1, f"{name}: {succeeded} successes after the end of the server")
