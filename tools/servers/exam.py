"""What is asked of each server while it runs, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tools.chaos.ledger import read
from tools.live.caller import Answer, Caller, eventually
from tools.servers.catalogue import Server
from tools.servers.place import Place

LINES = ("by the command: Zoë", "by print", "by its errors", "by logging")
QUIET = {"already_running", "already_succeeded"}
"""What a repeat may hear."""
LONG = 6.0
"""Three leases."""
AT_ONCE = 20


class Exam:
    """One server that runs."""

    def __init__(self, place: Place, server: Server, port: int) -> None:
        self.place, self.server = place, server
        self.here, self.other = Caller(port, place.secret), Caller(place.other, place.secret)
        self.findings: dict[str, str] = {}
        """What each column of the table says."""
        self.wrong: list[str] = []
        """What breaks a promise."""

    def expect(self, true: object, text: str) -> None:
        """Note what is wrong if it is not so."""
        if not true:
            self.wrong.append(text)

    def run(self, say: Callable[[str], None]) -> None:
        """Ask everything but what happens at its end."""
        for question in (_trigger, _at_once, _tokens, _bodies, _repeat, _hang_up, _lease):
            say(question.__name__.strip("_").replace("_", " "))
            question(self)

    def compare(self) -> None:
        """Note what is not as the catalogue, and so the documentation, says."""
        for column, known in self.server.known().items():
            found = self.findings.get(column)
            self.expect(found == known, f"{column}: {found!r}, but the catalogue says {known!r}")

    def attempts(self, run: str) -> list[dict[str, Any]]:
        """All attempts of a run, from the second host."""
        return list(self.other.ask("GET", run).body["attempts"])

    def notes(self, slot: str, event: str) -> int:
        """How often the command has told the ledger this."""
        return sum(
            note.event == event and note.run_date.startswith(slot[:19]) for note in read(self.place.ledger)
        )


def later(ask: Callable[..., Answer], *args: Any, **named: Any) -> Future[Answer]:
    """Ask in another thread."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(ask, *args, **named)
    finally:
        pool.shutdown(wait=False)


def _trigger(exam: Exam) -> None:
    slot = exam.place.slot()
    first, second = exam.here.trigger("here", slot), exam.here.trigger("here", slot)
    exam.expect((first.status, first.outcome) == (200, "succeeded"), f"a trigger: {first}")
    exam.expect((second.status, second.outcome) == (200, "already_succeeded"), f"a repeat: {second}")
    exam.expect(exam.notes(slot, "start") == 1, "a repeat started the command")
    output = exam.here.ask("GET", f"{first.body['run']['url']}/output").text
    missing = [line for line in LINES if output.count(line) != 1]
    exam.expect(not missing, f"the output lacks {missing}: {output[:300]}")
    exam.findings["output"] = "kept" if not missing else "incomplete"
    apart = exam.here.trigger("apart", exam.place.slot(), prefer="wait=20")
    exam.expect((apart.status, apart.outcome) == (200, "succeeded"), f"subprocess: {apart}")
    output = exam.here.ask("GET", f"{apart.body['run']['url']}/output").text
    exam.expect(all(line in output for line in LINES), f"the output of the subprocess: {output[:300]}")


def _at_once(exam: Exam) -> None:
    slot = exam.place.slot()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: exam.here.trigger("here", slot, seconds=0.3), range(AT_ONCE)))
    outcomes = sorted({answer.outcome for answer in answers})
    exam.expect(sum(answer.outcome == "succeeded" for answer in answers) == 1, f"at once: {outcomes}")
    exam.expect(set(outcomes) <= QUIET | {"succeeded"}, f"at once: {outcomes}")
    exam.expect(exam.notes(slot, "start") == 1, f"{AT_ONCE} at once started it several times")


def _tokens(exam: Exam) -> None:
    wrong = "Bearer " + "x" * 40
    path = "/api/jobs/here/runs"
    taken = exam.here.ask("GET", path).status == 200
    other = {"Authorization": "Basic YTpi", "X-Jobs-Token": exam.place.secret}
    exam.expect(exam.here.ask("GET", path, headers=other).status == 200, "X-Jobs-Token does not arrive")
    exam.expect(exam.here.ask("GET", path, headers={"Authorization": wrong}).status == 401, "a wrong token")
    exam.findings["token"] = "arrives" if taken else "is stripped"
    exam.expect(taken, "Authorization does not arrive")


def _bodies(exam: Exam) -> None:
    for _ in range(5):
        slot = exam.place.slot()
        pieces = iter([b'{"run_date": "', slot.encode(), b'"}'])
        chunked = exam.here.ask("POST", "/api/jobs/here/run", pieces, encode_chunked=True)
        if chunked.status:  # uWSGI closes with what it has not read, and at times its response is lost
            break
    exam.findings["chunks"] = str(chunked.status)
    exam.expect(chunked.status in (200, 411), f"chunks: {chunked}")
    exam.expect(exam.notes(slot, "start") == (chunked.status == 200), "chunks were read as something else")
    slot = exam.place.slot()
    exam.findings["cut short"] = str(exam.here.cut_short("here", slot) or "closed")
    exam.expect(exam.findings["cut short"] in ("422", "400", "408", "closed"), "a body cut short was taken")
    exam.expect(exam.notes(slot, "start") == 0, "a body cut short started the command")


def _repeat(exam: Exam) -> None:
    slot = exam.place.slot()
    first = later(exam.here.trigger, "here", slot, seconds=1.5)
    exam.expect(eventually(lambda: exam.notes(slot, "start"), 10), "a slow command does not start")
    live, repeats = later(exam.here.ask, "GET", "/api/health/live"), []
    while not first.done():
        repeats.append(exam.here.trigger("here", slot).outcome)
        time.sleep(0.2)
    running = "already_running" in repeats
    exam.findings["repeat"] = "202" if running else "waits"
    exam.expect(first.result().outcome == "succeeded", f"a slow command: {first.result()}")
    exam.expect(set(repeats) <= QUIET, f"meanwhile: {set(repeats)}")
    exam.expect(live.result().status == 200, "live")
    exam.expect(exam.notes(slot, "start") == 1, "a repeat meanwhile started the command")


def _hang_up(exam: Exam) -> None:
    """The caller does not wait for the end."""
    slot = exam.place.slot()
    with exam.here.left_open("here", slot, seconds=1.5):
        exam.expect(eventually(lambda: exam.notes(slot, "start"), 10), "a command does not start")
    ended = eventually(lambda: exam.other.trigger("here", slot).outcome == "already_succeeded", 10)
    exam.findings["hang-up"] = "finished" if ended and exam.notes(slot, "start") == 1 else "lost"
    exam.expect(exam.findings["hang-up"] == "finished", "a command ends with its caller")


def _lease(exam: Exam) -> None:
    """A command that computes for longer than a lease, and beside it one that waits for as long."""
    commands, asked, heard = {how: exam.place.slot() for how in ("compute", "sleep")}, {}, set()
    for how, slot in commands.items():
        asked[how] = later(exam.here.trigger, "here", slot, seconds=LONG, how=how)
        if how == "compute":
            exam.expect(eventually(lambda slot=slot: exam.notes(slot, "start"), 10), "it does not start")
    while not all(answer.done() for answer in asked.values()):
        # The second host must not be the first: a greenlet may begin only when another has computed.
        begun = [slot for slot in commands.values() if exam.notes(slot, "start")]
        heard |= {exam.other.trigger("here", slot).outcome for slot in begun}
        time.sleep(0.3)
    ends = {how: answer.result().outcome for how, answer in asked.items()}
    exam.findings["lease"] = "kept" if heard <= QUIET and set(ends.values()) == {"succeeded"} else "lost"
    starts = sum(exam.notes(slot, "start") for slot in commands.values())
    exam.expect(starts == 2 or exam.server.lease == "lost", f"a second attempt of them: {heard}, {ends}")
