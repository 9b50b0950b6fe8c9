"""The steps of the demo. Each does something over HTTP and then checks its claims."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from django.utils import timezone

from crm.models import Post, PostStatus
from tools.demo.caller import Answer, Caller
from tools.demo.ledger import Ledger
from tools.demo.management.commands.import_prices import ROWS
from tools.demo.terminal import Broken, check, command, heading, result, say

RUN = "/api/jobs/{}/run"
CALLERS = 50


@dataclass(frozen=True)
class Stage:
    """The server of the demo, and its folder."""

    caller: Caller
    folder: Path


def run(stage: Stage) -> None:
    """Run all steps."""
    first = a_job_does_its_work(stage)
    a_repeat_does_nothing(stage, first)
    many_callers_at_once(stage)
    a_worker_dies(stage)
    a_job_fails(stage)
    a_wrong_token(stage)


def a_job_does_its_work(stage: Stage) -> Answer:
    """cleanup_stale_drafts, as a cron service triggers it."""
    heading("1. A POST runs a job")
    stale, drafts = _stale(), _drafts()
    say(
        f"The sample data has {drafts} draft posts; {stale} of them have not changed for a week. The job"
        " cleanup_stale_drafts is a management command, due every day at three. A cron service triggers it:"
    )
    answer = stage.caller.post(RUN.format("cleanup_stale_drafts"))
    check(answer.status == 200, "The answer is 200.")
    check(answer.outcome == "succeeded", "The outcome is `succeeded`: today's slot is done.")
    check(stale > 0 == _stale(), f"Stale drafts: {stale} before, {_stale()} now.")
    check(_drafts() == drafts - stale, f"Other drafts: {drafts - stale} before, {_drafts()} now.")
    return answer


def a_repeat_does_nothing(stage: Stage, first: Answer) -> None:
    """Send the same request again, like a retry or a second cron service."""
    heading("2. A repeat does nothing")
    say(
        "The cron service calls again, because it got no answer or because there are two of them. One more"
        " draft has become stale, to show whether the command runs:"
    )
    _make_a_draft_stale()
    answer = stage.caller.post(RUN.format("cleanup_stale_drafts"), "outcome", "run_date", "run")
    check(answer.outcome == "already_succeeded", "The outcome is `already_succeeded`.")
    check(answer.status == 200, "It is a 200, so no cron service raises an alarm or disables the job.")
    check(answer.run == first.run, "It shows the run of the first call, unchanged.")
    check(_stale() == 1, "The draft is still there: the command did not run again.")


def many_callers_at_once(stage: Stage) -> None:
    """Many callers trigger one slot at the same moment."""
    heading(f"3. {CALLERS} callers at once, one run")
    path = RUN.format("cleanup_inactive_customers")
    say(f"{CALLERS} requests for another job at the same moment, sent by as many threads:")
    command(f"for i in $(seq {CALLERS}); do {stage.caller.line('POST', path)} & done; wait")
    answers = _at_once(stage.caller, path)
    outcomes = Counter(answer.outcome for answer in answers)
    result("\n".join(f"{count:2} x {outcome}" for outcome, count in outcomes.most_common()))
    check(outcomes["succeeded"] == 1, "Exactly one of them ran the job.")
    repeats = outcomes["already_running"] + outcomes["already_succeeded"]
    check(repeats == CALLERS - 1, "The others got the answer that it runs or has succeeded.")
    check({answer.status for answer in answers} <= {200, 202}, "All answers are 200 or 202.")
    runs = stage.caller.send("GET", "/api/jobs/cleanup_inactive_customers/runs").body["runs"]
    check([run["attempt"] for run in runs] == [1], "On record: one run, with one attempt.")


def _at_once(caller: Caller, path: str) -> list[Answer]:
    gate = Barrier(CALLERS)

    def call(_: int) -> Answer:
        gate.wait()
        return caller.by_python("POST", path)

    with ThreadPoolExecutor(CALLERS) as pool:
        try:
            return list(pool.map(call, range(CALLERS)))
        finally:
            gate.abort()  # Ctrl-C may come before all have started: then no thread waits for the rest


def a_worker_dies(stage: Stage) -> None:
    """Kill a worker during a run, and show what happens to the run."""
    heading("4. A worker is killed in the middle of a run")
    say(f"The job import_prices imports {ROWS} rows and takes three seconds.")
    ledger, path = Ledger(stage.folder), RUN.format("import_prices")
    _kill_in_mid_run(stage.caller, path, ledger)
    imported = len(ledger.rows())
    check(0 < imported < ROWS, f"{imported} of {ROWS} rows are imported.")
    run_url = _it_is_held_until_its_lease_runs_out(stage.caller, path)
    say("The next call for this job starts it again; so does the next run-due call, for all jobs:")
    again = stage.caller.post(path, "outcome", "run")
    check(again.outcome == "succeeded", "The run succeeded.")
    check(again.run["attempt"] == 2, "It succeeded with attempt 2.")
    check(sorted(ledger.rows()) == list(range(1, ROWS + 1)), f"All {ROWS} rows are there, each once.")
    _both_attempts_are_on_record(stage.caller, run_url)


def _kill_in_mid_run(caller: Caller, path: str, ledger: Ledger) -> None:
    command(caller.line("POST", path))
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(caller.send, "POST", path)
        worker = _worker_of(ledger, call)
        command(f"kill -KILL {worker}    # the gunicorn worker that runs it")
        os.kill(worker, signal.SIGKILL)
        lost = call.result()
    result(str(lost))
    check(lost.status == 0, "The caller got no answer.")


def _worker_of(ledger: Ledger, call: Future[Answer]) -> int:
    """The process that runs the job, once it has imported some rows."""
    while len(ledger.rows()) < 5:
        if call.done():
            raise Broken(f"The job runs for some seconds. It answered: {call.result()} {call.result().body}")
        time.sleep(0.02)
    worker = ledger.process()
    assert worker is not None
    return worker


def _it_is_held_until_its_lease_runs_out(caller: Caller, path: str) -> str:
    say(
        "The cron service retries at once. A lease still holds the run, because no process knows yet that its"
        " holder is dead:"
    )
    held = caller.post(path, "outcome", "run")
    check((held.status, held.outcome) == (202, "already_running"), "It is not started twice.")
    run_url = str(held.run["url"])
    say(
        "A living holder renews its lease. This one does not, so the lease expires: after 5 seconds here,"
        " after 30 by default:"
    )
    _wait_until_lost(caller, run_url)
    lost = caller.get(run_url, "run_date", "state", "reason", "attempt").body
    check((lost["state"], lost["reason"]) == ("failed", "lost"), "The run is failed; the reason is `lost`.")
    return run_url


def _wait_until_lost(caller: Caller, run_url: str) -> None:
    deadline = time.monotonic() + 15
    while caller.by_python("GET", run_url).status == 202 and time.monotonic() < deadline:
        time.sleep(0.2)


def _both_attempts_are_on_record(caller: Caller, run_url: str) -> None:
    say("Both attempts are on record:")
    command(caller.line("GET", run_url))
    record = caller.send("GET", run_url)
    attempts = record.body["attempts"]
    result(f"{record}\n{_table(attempts)}")
    ends = [(attempt["state"], attempt["reason"]) for attempt in attempts]
    check(ends == [("failed", "lost"), ("succeeded", None)], "Attempt 1 was lost, attempt 2 succeeded.")


def _table(attempts: list[dict[str, Any]]) -> str:
    columns = ("attempt", "state", "reason", "source", "started_at", "finished_at")
    lines = [columns, *([str(attempt[name])[:23] for name in columns] for attempt in attempts)]
    return "\n".join("  ".join(f"{cell:<{max(len(cell), 9)}}" for cell in line) for line in lines)


def a_job_fails(stage: Stage) -> None:
    """The caller gets an error, but not the traceback."""
    heading("5. A job fails, and the caller gets an error")
    say("The job sync_supplier reads a file in which a column is missing:")
    answer = stage.caller.post(RUN.format("sync_supplier"), "detail", "outcome", "run")
    check(answer.status == 500, "The answer is 500, so that the cron service raises its alarm.")
    check(answer.run["reason"] == "error", "The reason is `error`: the command raised.")
    check("prices.csv" not in str(answer.body), "The answer does not show the error message.")
    say("The message is stored in the run's output:")
    output = stage.caller.get(f"{answer.run['url']}/output")
    check("no column 'sku'" in str(output.body), "The output contains what it printed, and the traceback.")
    say("A retry before the back-off is over gets the time to wait:")
    early = stage.caller.post(RUN.format("sync_supplier"), "detail", "outcome")
    check((early.status, early.outcome) == (503, "retry_later"), "The outcome is `retry_later`.")
    after = int(early.headers["Retry-After"])
    check(0 < after <= 60, f"Retry-After is {after}: the default back-off is a minute.")


def a_wrong_token(stage: Stage) -> None:
    """No secret, no run."""
    heading("6. A wrong token is refused")
    answer = stage.caller.post(RUN.format("cleanup_stale_drafts"), "status", "detail", secret="guess")
    check(answer.status == 401, "The answer is 401, the same whatever was wrong with the token.")
    check(_stale() == 1, "Nothing ran: the draft of step 2 is still there.")


def _stale() -> int:
    return Post.objects.stale_drafts(now=timezone.now()).count()


def _drafts() -> int:
    return Post.objects.filter(status=PostStatus.DRAFT).count()


def _make_a_draft_stale() -> None:
    draft = Post.objects.filter(status=PostStatus.DRAFT).latest("updated_at")
    Post.objects.filter(pk=draft.pk).update(updated_at=timezone.now() - timedelta(days=30))
