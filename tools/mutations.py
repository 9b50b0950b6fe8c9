"""Break the code behind the guarantee, one line at a time, and check that the tests notice it.

`python -m tools.mutations` applies each mutation to a copy of the tree in a temporary folder and runs the
tests of that part there, on SQLite. One of a transition names the scenario of `make explore` that has to
find it, too. Exits with 1 if either passes nevertheless, with 2 if a mutation's text is not in the code any
more, or the tests or scenarios fail without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple, TypeVar

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "var", "staticfiles")
TRANSITIONS = "tests/jobs_api/runs"
APART = "tests/jobs_api/runs/pruning"
"""In the folder of the transitions, but about something else."""
SUPERVISING = "tests/jobs_api/worker/test_supervision.py"
TIMEOUT = 120
MOST_TREES = 4
T = TypeVar("T")

CLAIMING = "jobs_api/runs/claiming.py"
HOLDING = "jobs_api/runs/holding.py"
CLOSING = "jobs_api/runs/closing.py"
WRITES = "jobs_api/runs/sql.py"
SCHEMA = "jobs_api/migrations/0001_initial.py"


PYTHON = "jobs_api/triggers/python.py"
LATE = "tests/jobs_api/triggers/test_max_late.py"
PLACES = "tests/jobs_api/triggers/test_python_places.py"
CALLED = "tests/jobs_api/triggers/test_python.py"
BY_PATH = "tests/jobs_api/executors/test_dotted_paths.py"

STAYED, REPORTED = "tests/jobs_api/execution/test_heartbeat.py", "tests/jobs_api/executors/test_sentry.py"
RECORDS = ("jobs_api/execution/log_records.py", "tests/jobs_api/execution/output/test_logging.py")
NEW_ENOUGH = "if (waits := beat.waits(now)) >= STORE_AFTER"
CHILD, STOOD = "jobs_api/worker/child.py", "tests/jobs_api/worker/test_where_it_stood.py"
ASKED = "if self._shown_at is None and now >= self._show_at and in_child.SHOW:"
CLEARED = "without_locals(cause)  #"
OUTSIDE_A_RUN = "            theirs(logger, record)\n            return\n"

PAGE_ORDERS, PAGE_ORDERED = "jobs_api/admin/orders.py", "tests/jobs_api/admin/test_orders.py"
PAGE_LISTS, PAGE_LISTED = "jobs_api/admin/base.py", "tests/jobs_api/admin/test_pages.py"

POSTING, POSTED = "jobs_api/outgoing/posting.py", "tests/jobs_api/outgoing/test_post.py"
ROUTES, ROUTED = "jobs_api/alerts/settings.py", "tests/jobs_api/alerts/test_routing.py"
SENDING, DELIVERED = "jobs_api/alerts/delivering.py", "tests/jobs_api/alerts/test_delivering.py"

STREAMS = "jobs_api/execution/streams.py"
STANDARD, KEPT_ONES = "jobs_api/execution/standard_streams.py", "jobs_api/execution/kept_streams.py"
SURROUNDINGS = "jobs_api/execution/surroundings.py"
APART_FROM = "jobs_api/execution/apart.py"
REBINDING = "tests/jobs_api/execution/output/test_rebinding.py"
KEPT_STREAMS = "tests/jobs_api/execution/output/test_kept_streams.py"
LEFT_BEHIND = "tests/jobs_api/execution/test_left_behind.py"
COROUTINES = "tests/jobs_api/execution/test_async_commands.py"
REBOUND = "if streams is None:\n            return value"
FLUSHED = "flush(stream)\n"
COPIED = "        streams.stream.write(text)\n"
ONCE = 'getattr(copying, "off", False), True\n'
LAST = "if _at_work:\n"
OTHERS_THREAD = "AsyncToSync.executors.current = None\n"
TOGETHER, ORDERED = (f"tests/jobs_api/audit/test_{name}.py" for name in ("transactions", "by_hand"))
ALONG = "committed() if wanted.along is None else transaction.atomic(alias(), durable=True)"
IN_ONE, APART_FROM_IT = "with transaction.atomic({}):", "if True:"
CANCELLING = "jobs_api/triggers/cancelling.py"
ENTRIES, APPENDED = "jobs_api/models/audit.py", "tests/jobs_api/audit/test_append_only.py"
AUDIT_KEPT, KEPT_LONG = "jobs_api/audit/retention.py", "tests/jobs_api/audit/test_retention.py"
BY_HAND, EXPORTED = "jobs_api/triggers/by_hand.py", "tests/jobs_api/audit/test_command.py"


class Mutation(NamedTuple):
    """A place in the code, and the error to insert there."""

    name: str
    path: str
    text: str
    mutant: str
    tests: str = TRANSITIONS
    scenario: str = ""
    """Of `tools.explore`; transitions have one."""


CONTEXTS, VALID_CONTEXTS = "jobs_api/runs/trace_context.py", "tests/jobs_api/tracing/test_valid.py"
CLAIMS, KEPT_CONTEXTS = "jobs_api/runs/claiming.py", "tests/jobs_api/tracing/test_traceparents.py"
LINES, LOGGED = "jobs_api/runs/transition_log.py", "tests/jobs_api/logs/test_transitions.py"
TAKE = ".filter(leaves, pk=seen.pk, attempt=seen.attempt, state=seen.state)"
REAP = ".filter(expired, pk=run.pk, attempt=run.attempt, state=run.state)"
BEGIN = "rows().filter(pk=lease.run_id, attempt=lease.attempt, state=State.CLAIMED)"
HELD = "rows().filter(pk=lease.run_id, attempt=lease.attempt, state__in=HELD)"
RENEW = "mine |= Q(pk=lease.run_id, attempt=lease.attempt)"
CANCEL = "rows().filter(pk=run.pk, attempt=run.attempt, state=run.state)"
NOT_CANCELLED = ", unless_cancelled=True"
NO_CANCEL = ".filter(cancel_requested_at=None)"
CANCELLED = ".filter(cancel_requested_at__isnull=False)"
FINISH = "WHERE id = %s AND attempt = %s AND state IN ({HELD_SQL})"
NO_OVERLAP = 'models.UniqueConstraint(fields=("held_job",), name="jobs_api_no_overlap"),'
NUMBER = "seen.attempt if seen.attempt and before.state == State.QUEUED else seen.attempt + 1"
SUPERSEDED = "if before.attempt and before.state != State.QUEUED:"
TOO_OLD = "if _older_than(request.max_late, request.run_date, at):"
OF_A_TEST = "_is_of_a_test(conn.alias)"
AUTOCOMMIT = "conn.connection is None or conn.autocommit"
BROKEN = "except Exception as error:"
UNBEGUN = "if run.state in (State.QUEUED, State.CLAIMED):"
PARKED = 'waits = {"state": State.QUEUED, '
SLOT = 'fields=("job_name", "run_date"), name="jobs_api_one_run_per_slot"'
TRIES = "tries = 0 if wanted.rerun else seen.tries"
EXPIRES = "pk=run.pk, attempt=run.attempt, state=State.QUEUED)"
ABANDON = "if not _claimed(lease).update(**closed, **again"
LOST_AGAIN = "next_attempt_at=moment.expression() if retries else None"
RELEASED = 'return {"held_job": None, '
SUPERVISION = "jobs_api/worker/supervisor.py"
UNRENEWED = "if _held_for(beat) < min(config().kill_seconds, config().lease_seconds * 0.2):"
ARGUMENTS = "tests/jobs_api/arguments"
RUN_VALUES = "jobs_api/arguments/run_values.py"
OFFERED = "[*self.effective, *self.offered]"
UNKNOWN = "if unknown := sorted(options.keys() - accepted):"
STORED = "tests/jobs_api/arguments/test_stored.py"
TWICE = "shown if not shown or _says_the_same(model, shown) else sent"
LEVELS = "jobs_api/arguments/levels.py"
RIVAL = "if self._matters(rival):"
CLASH = "if other.dest != present[0].dest:"
CHOICES = "parser._check_value(action, value)"
PREPARED = "jobs_api/arguments/prepared.py"
HELD_FAST = "if action.dest not in (name, *fixed) and not same(getattr(parsed, name, None), value):"
CLICK_TREE, CLICKED = "jobs_api/arguments/click_tree.py", "tests/jobs_api/arguments/test_click.py"
PRESET = "own_names(command) & self._run_values.names"
NOT_TAKEN = "self._run_values.names - taken"
ASKING, UNCHECKED = "jobs_api/arguments/asking.py", "tests/jobs_api/arguments/test_unchecked.py"
REFUSED = "refused.append(error)"
DISCOVERY, FOREIGN = "jobs_api/registry/discovery.py", "tests/jobs_api/registry/test_foreign_modules.py"
OURS = "if not (seen.names_us or seen.may_list):"
ENTERED = "reversed(self.entered)"
TOO_LATE = "if _held_for(beat) <= 0:"
SINCE = "self.renewed = lease.sent_at"
NOW = "self.renewed = time.monotonic()"
BEATS = "jobs_api/execution/heartbeat.py"
RUN_OUT = "if not self.stopped and not self.holds and not self._holds_all_the_same():"
SOME_GONE = "if runs.renew(beat.lease for beat in due) < len(due):"
HIDES = "return self.renewable and (self.run.holds or self.run.held_for is not None)"
CUT_OFF = "tests/jobs_api/execution/test_partitions.py"
EXCLUSIVE = '"held_job": job.name if job.exclusive else None,'
PRUNING, ARCHIVED = "jobs_api/runs/pruning.py", "tests/jobs_api/runs/pruning/test_archive.py"
AS_FOUND = "if set(rows.values_list(*_STANDING)) != set(map(attrgetter(*_STANDING), found)):"
OWN_NAME = "-{secrets.token_hex(4)}"
EVENTS, ANNOUNCING = "jobs_api/runs/events.py", "jobs_api/execution/announcing.py"
SIGNALS, RECEIVERS = "tests/jobs_api/signals/test_events.py", "tests/jobs_api/signals/test_receivers.py"
DEFERRED, OUTSIDE = "if _is_in_transaction(connections[using]):", "with elsewhere(), settled():"
IN_TIME = ", timeout=job.timeout"
STOPS = "if stops_the_process(error):"
WAITS_FOR_LEASE = "if not begun or not signals.run_claimed.may_take_time:"
BACKGROUND, THREADS = "jobs_api/execution/background.py", "tests/jobs_api/execution/test_background.py"
REPLACED = " or self._hangs()"
REAL, BESIDE = "jobs_api/threads.py", "tests/jobs_api/test_threads.py"
SERVERS, ENDS = "jobs_api/servers.py", "tests/jobs_api/execution/draining/test_other_servers.py"
BEGINS = "        drain.begin(seconds)\n        theirs("
INHERITED = 'that one writes."""\n        _counts.clear()'
HANDOVER, HANDED = "jobs_api/triggers/handover.py", "tests/jobs_api/triggers/test_handover.py"
COUNTS, COUNTED = "jobs_api/monitoring/trigger_counts.py", "tests/jobs_api/monitoring/test_trigger_counts.py"
COUNT_ROWS = "jobs_api/monitoring/count_rows.py"
ROOM = "known is not None and source not in known"
ALERT_TURNS, ORDERING = "jobs_api/monitoring/turns.py", "jobs_api/alerts/ordering.py"
ALERT_OUTBOX, ALERT_READING = "jobs_api/alerts/outbox.py", "jobs_api/alerts/reading.py"
TAKEN, FENCED = "if not turns.filter(free).update(at=at):", "return bool(self._rows().update(at=self.at))"
ASKED_ONCE = "    _due(at).filter(channel=channel).update(next_try_at=again)\n"
TELLING, AT_ONCE = "tests/jobs_api/alerts/test_telling.py", "tests/jobs_api/alerts/test_at_once.py"
TELLING_KINDS = "tests/jobs_api/alerts/test_kinds.py"
TOTALS, ADDED = "jobs_api/monitoring/totals.py", "tests/jobs_api/metrics/test_totals.py"
PLACED = "return source if source in invented or len(invented) < SOURCES else OTHER"
READ, SAMPLES = "jobs_api/metrics/reading.py", "jobs_api/metrics/samples.py"
SCRAPED = "tests/jobs_api/metrics/test_endpoint.py"
HIS_OWN = "view.actor is None or (job and view.covers(job))"
SILENT = " - sum(run.run.state not in HELD for run in underway.running)"
SOURCES, CALLERS = "jobs_api/monitoring/sources.py", "tests/jobs_api/monitoring/test_sources.py"
HEALTH, OVERDUE = "jobs_api/monitoring/health.py", "tests/jobs_api/monitoring/test_overdue.py"
AS_IT_WAS_READ = "same.filter(calls=row.calls, wins=row.wins)"
OWN_CALLS = "return None if grant.covers_all else grant.name"
HEARD = "conflicts = INSISTED if insists else"
INSISTING = "tests/jobs_api/triggers/test_insisting.py"
INCOMING, SENT = "jobs_api/api/incoming.py", "tests/jobs_api/api/test_bodies.py"
SHORT = "len(raw) < declared"
KEPT = "        raise LengthRequired\n"
ARRIVAL, PATIENT = "jobs_api/api/arrival.py", "tests/jobs_api/execution/test_waiting_limit.py"
PLACE = "(self._has_place or room.enter(self._places))"
SCREEN, NASTY = (
    "self._put(self._spelled(visible(msg)), style_func, ending)",
    "tests/jobs_api/management/test_nasty.py",
)
LOOKING, OVER = "jobs_api/runs/lookup.py", "if ends is not None and ends <= at:"
PAUSING, PAUSED = "jobs_api/runs/pausing.py", "tests/jobs_api/triggers/test_pauses.py"
WAITS = "if look.pause is not None and not request.force:"
BRIDGE, BRIDGES = "jobs_api/bridges/{}.py", "tests/jobs_api/bridges/test_{}.py"
FIRING, FIRED = BRIDGE.format("common/firing"), BRIDGES.format("common")
BEAT, BEATEN = BRIDGE.format("celery_beat"), BRIDGES.format("celery_beat")
ROWS, IN_STEP = BRIDGE.format("common/rows"), BRIDGES.format("django_celery_beat")
EXITS, INTERRUPTED = "jobs_api/runs/stopping.py", "tests/jobs_api/execution/test_interruption.py"

TELLS, TOLD = "jobs_api/check_ins/deciding.py", "tests/jobs_api/check_ins/test_told.py"
TURNS, SWITCH = "jobs_api/check_ins/standing.py", "tests/jobs_api/check_ins/test_dead_man.py"
OUTBOX, OUTBOXES = "jobs_api/check_ins/outbox.py", "tests/jobs_api/check_ins/test_outbox.py"
BEFORE_THE_NEXT = " and (following is None or again < following)"
REFUSED_ONE = "elif error.again and self._tries < (0 if self.tally.failing else len(BACK_OFF)):"
BY_GET = 'elif request.method == "GET" and by_get.allowed(name):'
GET, CALLING = "tests/jobs_api/api/test_by_get.py", "tests/jobs_api/arguments/test_calling.py"
CALLABLES, SOURCE_JOBS = "jobs_api/registry/callables.py", "jobs_api/monitoring/source_jobs.py"
LATENESS = "tests/jobs_api/monitoring/test_lateness.py"
FORGOTTEN = "rows.filter(pk=row.pk, calls=fresh.calls, wins=fresh.wins)"

MUTATIONS = [
    Mutation(
        "claim from any state",
        CLAIMING,
        TAKE,
        TAKE.replace("leaves, ", "").replace(", state=seen.state", ""),
        scenario="cancelled_before_it_starts",
    ),
    Mutation(
        "claim from any state, if it is as seen",
        CLAIMING,
        TAKE,
        TAKE.replace("leaves, ", ""),
        scenario="claimed_without_looking",
    ),
    Mutation(
        "no attempt in the claim",
        CLAIMING,
        TAKE,
        TAKE.replace(", attempt=seen.attempt", ""),
        scenario="two_retries",
    ),
    Mutation(
        "no attempt in begin",
        HOLDING,
        BEGIN,
        BEGIN.replace(", attempt=lease.attempt", ""),
        scenario="a_late_delivery",
    ),
    Mutation(
        "no attempt in what a holder writes",
        HOLDING,
        HELD,
        HELD.replace(", attempt=lease.attempt", ""),
        scenario="late_output",
    ),
    Mutation(
        "no attempt in finish",
        WRITES,
        FINISH,
        FINISH.replace("attempt = %s", "%s > 0"),
        scenario="a_late_end",
    ),
    Mutation(
        "finish from any state",
        WRITES,
        FINISH,
        FINISH.replace(" AND state IN ({HELD_SQL})", ""),
        scenario="a_late_end",
    ),
    Mutation(
        "no attempt in renew",
        HOLDING,
        RENEW,
        RENEW.replace(", attempt=lease.attempt", ""),
        scenario="a_late_renewal",
    ),
    Mutation(
        "no attempt in reap",
        CLOSING,
        REAP,
        REAP.replace(", attempt=run.attempt", ""),
        scenario="reaped_or_retaken",
    ),
    Mutation(
        "no attempt in cancel",
        CLOSING,
        CANCEL,
        CANCEL.replace(", attempt=run.attempt", ""),
        scenario="cancelled_or_retried",
    ),
    Mutation("no overlap constraint", SCHEMA, NO_OVERLAP, "", scenario="two_slots_of_a_job"),
    Mutation(
        "nothing for the overlap constraint to see",
        CLAIMING,
        EXCLUSIVE,
        '"held_job": None,',
        scenario="two_slots_of_a_job",
    ),
    Mutation(
        "begin from any held state",
        HOLDING,
        BEGIN,
        BEGIN.replace("state=State.CLAIMED", "state__in=HELD"),
        scenario="delivered_twice",
    ),
    Mutation(
        "reap without the deadline",
        CLOSING,
        REAP,
        REAP.replace("expired, ", ""),
        scenario="renewed_or_reaped",
    ),
    Mutation(
        "reap whatever state it is in by now",
        CLOSING,
        REAP,
        REAP.replace(", state=run.state", ""),
        scenario="a_worker_that_is_late",
    ),
    Mutation(
        "a cancelled run that ends as failed", HOLDING, NOT_CANCELLED, "", scenario="cancelled_while_it_runs"
    ),
    Mutation(
        "a cancelled run that is reaped as lost", CLOSING, NO_CANCEL, "", scenario="cancelled_while_it_runs"
    ),
    Mutation(
        "reap whatever was not asked as cancelled", CLOSING, CANCELLED, "", scenario="a_reaper_that_is_late"
    ),
    Mutation(
        "a retry under the number of the attempt before",
        CLAIMING,
        NUMBER,
        "seen.attempt or 1",
        scenario="two_retries",
    ),
    Mutation(
        "a new number for an attempt that waited for room",
        CLAIMING,
        NUMBER,
        "seen.attempt + 1",
        scenario="no_room",
    ),
    Mutation(
        "a second record of an attempt that waited",
        CLAIMING,
        SUPERSEDED,
        "if before.attempt:",
        scenario="no_room",
    ),
    Mutation(
        "an attempt that waits for room and yet is held", HOLDING, PARKED, "waits = {", scenario="no_room"
    ),
    Mutation(
        "a cancelled attempt that may still begin",
        CLOSING,
        UNBEGUN,
        "if run.state == State.QUEUED:",
        scenario="cancelled_in_the_queue",
    ),
    Mutation(
        "two runs of one slot",
        SCHEMA,
        SLOT,
        SLOT.replace('"job_name", "run_date"', '"id",'),
        scenario="side_by_side",
    ),
    Mutation(
        "a rerun that keeps its tries", CLAIMING, TRIES, "tries = seen.tries", scenario="run_again_or_retried"
    ),
    Mutation(
        "expire whatever state it is in by now",
        CLOSING,
        EXPIRES,
        EXPIRES.replace(", state=State.QUEUED", ""),
        scenario="expires_in_the_queue",
    ),
    Mutation(
        "abandon what has begun",
        HOLDING,
        ABANDON,
        ABANDON.replace("_claimed", "_held"),
        scenario="abandoned_or_begun",
    ),
    Mutation(
        "a run that is let go and keeps its job from others",
        "jobs_api/runs/state_machine.py",
        RELEASED,
        "return {",
    ),
    Mutation(
        "a loss that is never retried",
        CLOSING,
        LOST_AGAIN,
        "next_attempt_at=None",
        scenario="a_lease_runs_out",
    ),
    Mutation(
        "a command that outlives a lease nobody renews", SUPERVISION, UNRENEWED, "if False:", SUPERVISING
    ),
    Mutation(
        "a command that is asked and not killed in time", SUPERVISION, TOO_LATE, "if False:", SUPERVISING
    ),
    Mutation(
        "a lease counted from when it was granted",
        BEATS,
        SINCE,
        "self.renewed = time.monotonic()",
        SUPERVISING,
    ),
    Mutation(
        "a check that waits for the heartbeat", "jobs_api/execution/current.py", RUN_OUT, "if False:", CUT_OFF
    ),
    Mutation("a renewal of what is gone", BEATS, SOME_GONE, SOME_GONE.replace("< len(due)", "< 0"), CUT_OFF),
    Mutation("an attempt whose lease is over hides its slot", BEATS, HIDES, "return self.renewable", CUT_OFF),
    Mutation(
        "the end written while the command lives",
        SUPERVISION,
        "while child.alive:",
        "if child.alive:",
        SUPERVISING,
    ),
    Mutation("args set what a caller may leave out", RUN_VALUES, OFFERED, "[*self.effective]", ARGUMENTS),
    Mutation("options of another version are left out", RUN_VALUES, UNKNOWN, "if unknown := []:", STORED),
    Mutation(
        "a model converts what it has converted", "jobs_api/triggers/validation.py", TWICE, "shown", STORED
    ),
    Mutation(
        "a log line that a caller begins",
        "jobs_api/text/loggers.py",
        "if unbroken(message) != message:",
        "if False:",
        "tests/jobs_api/api/sockets/test_access_log.py",
    ),
    Mutation("args set what excludes a value", LEVELS, RIVAL, "if False:", ARGUMENTS),
    Mutation("values that exclude each other", LEVELS, CLASH, "if False:", ARGUMENTS),
    Mutation("any choice", "jobs_api/arguments/values.py", CHOICES, "pass", ARGUMENTS),
    Mutation("args set what click's copy holds", CLICK_TREE, PRESET, "set()", CLICKED),
    Mutation("a value of a subcommand that is not chosen", CLICK_TREE, NOT_TAKEN, "set()", CLICKED),
    Mutation("a refusal that add_arguments hides", ASKING, REFUSED, "pass", UNCHECKED),
    Mutation("a module of another library is imported", DISCOVERY, OURS, "if False:", FOREIGN),
    Mutation("an action changes what is fixed", PREPARED, HELD_FAST, "if False:", ARGUMENTS),
    Mutation("a run pruned that changed since it was archived", PRUNING, AS_FOUND, "if False:", ARCHIVED),
    Mutation("an archive that overwrites another", PRUNING, OWN_NAME, "", ARCHIVED),
    Mutation("any number of sources", COUNT_ROWS, ROOM, "False", COUNTED),
    Mutation("any number of sources in the totals", TOTALS, PLACED, "return source", ADDED),
    Mutation("a retry is late", TOTALS, ' and event["attempt"] == 1', "", ADDED),
    Mutation("an order is late", TOTALS, ' and event["trigger"] not in ORDERED', "", ADDED),
    Mutation("an older success is the last", TOTALS, "success[:2] >= self.success[:2]", "True", ADDED),
    Mutation("a token sees the incidents of all", READ, HIS_OWN, "True", SCRAPED),
    Mutation(
        "a token sees messages of all",
        READ,
        "{} if view.actor else _undelivered()",
        "_undelivered()",
        SCRAPED,
    ),
    Mutation("a run of a dead process is in flight", SAMPLES, SILENT, "", SCRAPED),
    Mutation("calls of another process are overwritten", SOURCES, AS_IT_WAS_READ, "same", CALLERS),
    Mutation("a token sees the calls of all", "jobs_api/api/access.py", OWN_CALLS, "return None", CALLERS),
    Mutation("what is skipped in a row shows nothing", HEALTH, "run.blocks or ", "", OVERDUE),
    Mutation(
        "only the newest slot can be overdue", HEALTH, " if not _is_lost(run, newest_started)]", "]", OVERDUE
    ),
    Mutation(
        "a fork that writes its parent's counts", COUNTS, INHERITED, INHERITED.split("_counts")[0], COUNTED
    ),
    Mutation("a signal of what is rolled back", EVENTS, DEFERRED, "if False:", SIGNALS),
    Mutation("a receiver within the time of a request", EVENTS, OUTSIDE, "with settled():", RECEIVERS),
    Mutation("a transaction that a receiver leaves open", EVENTS, OUTSIDE, "with elsewhere():", RECEIVERS),
    Mutation("a receiver that exits ends a worker", EVENTS, STOPS, "if True:", RECEIVERS),
    Mutation("an exit in a pool of Celery taken for its stop", EXITS, " != OWN_EXIT", "", INTERRUPTED),
    Mutation(
        "a bridge that raises",
        FIRING,
        "(BadInput, WrongUse, ImproperlyConfigured)",
        "ZeroDivisionError",
        FIRED,
    ),
    Mutation(
        "a bridge that closes its caller's connection",
        FIRING,
        "not connection.in_atomic_block",
        "True",
        FIRED,
    ),
    Mutation(
        "a changed schedule that fires for the past",
        BEAT,
        "max(self._utc(after), self._since)",
        "self._utc(after)",
        BEATEN,
    ),
    Mutation("a message that Celery delivers again", BEAT, '"acks_late": False', '"acks_late": True', BEATEN),
    Mutation("rows of others in step, too", ROWS, " if is_ours(row)", "", IN_STEP),
    Mutation("a receiver outlasts the lease", ANNOUNCING, WAITS_FOR_LEASE, "if True:", RECEIVERS),
    Mutation("a receiver that hangs keeps the slot", ANNOUNCING, IN_TIME, "", RECEIVERS),
    Mutation("work that waits for a thread that hangs", BACKGROUND, REPLACED, "", THREADS),
    Mutation(
        "a command that starts late, without a lease",
        "jobs_api/execution/attempt.py",
        "        _hold(beat)\n",
        "",
        CUT_OFF,
    ),
    Mutation("a greenlet that renews leases", REAL, 'if made_of() != "gevent":', "if True:", BESIDE),
    Mutation(
        "a server that ends before its runs", SERVERS, "while heartbeat.attempts() and", "while 0 and", ENDS
    ),
    Mutation("a server that stops without a drain", SERVERS, BEGINS, "        theirs(", ENDS),
    Mutation(
        "a rerun of a pruned slot answered as done",
        "jobs_api/api/responses.py",
        HEARD,
        "conflicts =",
        INSISTING,
    ),
    Mutation(
        "a report that uses up the trigger's time",
        "jobs_api/database/bounds.py",
        "max(budget.ends - began, 0) / 5",
        "max(budget.ends - began, 0)",
        "tests/jobs_api/versions/test_hosts.py",
    ),
    Mutation(
        "a command that waits for a locked table without end",
        "jobs_api/management/base.py",
        "    bounded = True\n",
        "    bounded = False\n",
        "tests/jobs_api/database/test_commands.py",
    ),
    Mutation(
        "a table that is wider than its terminal",
        "jobs_api/management/fitting.py",
        "if sum(least) > room:",
        "if False:",
        "tests/jobs_api/management/test_tables.py",
    ),
    Mutation(
        "a lock that a crontab takes for a failed run",
        "jobs_api/management/failing.py",
        "TEMPORARY = 75",
        "TEMPORARY = 1",
        "tests/jobs_api/management/test_failing.py",
    ),
    Mutation(
        "a reader who waits for the end of a run that is lost",
        "jobs_api/management/following.py",
        "ended = not RunReport.of(found).in_flight",
        "ended = found.finished_at is not None",
        "tests/jobs_api/management/test_following.py",
    ),
    Mutation(
        "a new run that is the slot of the day",
        "jobs_api/management/commands/jobs_run.py",
        'if options["new"]:',
        "if False:",
        "tests/jobs_api/management/test_running.py",
    ),
    Mutation(
        "HEAD answered with a body",
        "jobs_api/urls.py",
        'response.content = b""',
        "response.content = response.content",
        "tests/jobs_api/api/test_line_ends.py",
    ),
    Mutation(
        "a command that prints what acts",
        "jobs_api/management/screen.py",
        SCREEN,
        SCREEN.replace("visible(msg)", "msg"),
        NASTY,
    ),
    Mutation(
        "a slot older than its caller wants", "jobs_api/triggers/refusals.py", TOO_OLD, "if False:", LATE
    ),
    Mutation(
        "a late caller closes a run that waits",
        "jobs_api/triggers/dispatch.py",
        "except Late as refusal:",
        "except ZeroDivisionError as refusal:",
        LATE,
    ),
    Mutation("a pause that nothing ends", LOOKING, OVER, "if False:", PAUSED),
    Mutation(
        "a pause that ends twice", PAUSING, "rows.filter(ended_at=None).update(", "rows.update(", PAUSED
    ),
    Mutation(
        "what a backfill has queued starts during a pause",
        "jobs_api/triggers/due.py",
        "if standing is None or standing.paused or",
        "if standing is None or",
        PAUSED,
    ),
    Mutation(
        "an order starts during a pause",
        "jobs_api/triggers/refusals.py",
        WAITS,
        WAITS.replace("request.force", "(request.force or request.ordered)"),
        PAUSED,
    ),
    Mutation("a run inside a caller's transaction", PYTHON, OF_A_TEST, "True", PLACES),
    Mutation("a run that nothing commits", PYTHON, AUTOCOMMIT, "True", PLACES),
    Mutation(
        "a broken trigger ends its scheduler",
        PYTHON,
        BROKEN,
        "except ZeroDivisionError as error:",
        CALLED,
    ),
    Mutation(
        "an executor that does not revoke undoes a cancel",
        "jobs_api/triggers/cancelling.py",
        "except Exception:",
        "except ZeroDivisionError:",
        BY_PATH,
    ),
    Mutation(
        "what an engine gave is taken for an end",
        HANDOVER,
        "if not executor.in_request:\n        return None",
        "if False:\n        return None",
        HANDED,
    ),
    Mutation(
        "a transaction of an executor hides a run", HANDOVER, "elsewhere(), settled()", "elsewhere()", HANDED
    ),
    Mutation("options of any subcommand", PREPARED, ENTERED, "self._levels.values()", ARGUMENTS),
    Mutation("a body cut short is taken", INCOMING, SHORT, "False", SENT),
    Mutation("chunks that are not handed over are none", INCOMING, KEPT, "        return 0\n", SENT),
    Mutation("any number may be slow at once", ARRIVAL, PLACE, "True", PATIENT),
    Mutation(
        "a place that is never given back",
        ARRIVAL,
        "            room.leave()\n",
        "            pass\n",
        PATIENT,
    ),
    Mutation("what is new is stored at once", BEATS, NEW_ENOUGH, "if (waits := beat.waits(now)) > 0", STAYED),
    Mutation("those that wait longest are last", BEATS, ", reverse=True", "", STAYED),
    Mutation("a killed command leaves no trace", CHILD, ASKED, "if False:", STOOD),
    Mutation(
        "our own frames are reported", "jobs_api/runs/attempt_log.py", CLEARED, f"pass  # {CLEARED}", REPORTED
    ),
    Mutation("a context of zeros is kept", CONTEXTS, "(?!0{32})", "", VALID_CONTEXTS),
    Mutation(
        "a later version's context is kept",
        CONTEXTS,
        'compile(r"00-',
        'compile(r"[0-9a-f]{2}-',
        VALID_CONTEXTS,
    ),
    Mutation("an order's context is its courier's", CLAIMS, "before.traceparent or ", "", KEPT_CONTEXTS),
    Mutation(
        "a lost attempt is logged as finished", LINES, '"reaper": "lost"', '"reaper": "finished"', LOGGED
    ),
    Mutation(
        "a cancel is two lines",
        LINES,
        '"holder": "finished"',
        '"operator": "x", "holder": "finished"',
        LOGGED,
    ),
    Mutation("a handler's exit is the run's", LINES, "except BaseException as error:", BROKEN, LOGGED),
    Mutation(
        "a parent is a link, too",
        "jobs_api/tracing/contexts.py",
        "found.pop((here.trace_id, here.span_id), None)",
        "pass",
        "tests/jobs_api/tracing/test_spans.py",
    ),
    Mutation(
        "a record is captured twice", RECORDS[0], "if hasattr(record, CAPTURED):", "if False:", RECORDS[1]
    ),
    Mutation("a tracker is left out", RECORDS[0], OUTSIDE_A_RUN, "            return\n", RECORDS[1]),
    Mutation(
        "a rebound stream stays in the server",
        STANDARD,
        REBOUND,
        "if True:\n            return value",
        REBINDING,
    ),
    Mutation("a rebound stream is not flushed", STREAMS, FLUSHED, "pass\n", REBINDING),
    Mutation("a kept stream is no part of the run", KEPT_ONES, COPIED, "", KEPT_STREAMS),
    Mutation(
        "a log record twice",
        "jobs_api/execution/log_records.py",
        ONCE,
        'getattr(copying, "off", False), False\n',
        KEPT_STREAMS,
    ),
    Mutation("surroundings of a run beside it", SURROUNDINGS, LAST, "if False:\n", LEFT_BEHIND),
    Mutation("a coroutine waits for its caller", APART_FROM, OTHERS_THREAD, "pass\n", COROUTINES),
    Mutation("the caller's language", APART_FROM, "    translation.deactivate()\n", "", LEFT_BEHIND),
    Mutation("HEAD triggers where GET does", "jobs_api/urls.py", BY_GET, BY_GET.replace("elif", "if"), GET),
    Mutation("a GET forces", "jobs_api/api/triggers.py", 'if by_get and "force" in query:', "if False:", GET),
    Mutation("last month's slot tells of tonight", TELLS, "utc_of(run_date) >= utc_of(newest)", "True", TOLD),
    Mutation("a deploy is told as a failure", TELLS, "if note.reason in UNTOLD:", "if False:", TOLD),
    Mutation("a last failure that nobody tells", TELLS, BEFORE_THE_NEXT, "", TOLD),
    Mutation("each host calls the switch", TURNS, "at__lte=at - WRITE_EVERY", "at__lte=at", SWITCH),
    Mutation("a monitor away for a moment misses an end", OUTBOX, REFUSED_ONE, "elif False:", OUTBOXES),
    Mutation("a check-in of long ago", OUTBOX, "note.noted > OLDEST", "note.noted > 10**9", OUTBOXES),
    Mutation("a GET has a body", "jobs_api/api/triggers.py", "() if by_get else BODY", "BODY", GET),
    Mutation("a class is called", CALLABLES, "if inspect.isclass(found):", "if False:", CALLING),
    Mutation("a repeat is late", SOURCE_JOBS, ".timestamp() > before.slot", ".timestamp()", LATENESS),
    Mutation("a run's time is lateness", "jobs_api/triggers/dispatch.py", "- taken, 0)", ", 0)", LATENESS),
    Mutation(
        "forgetting a job of a source undoes what another process has written",
        "jobs_api/monitoring/forgetting.py",
        FORGOTTEN,
        "rows.filter(pk=row.pk)",
        "tests/jobs_api/monitoring/test_redundancy.py",
    ),
    Mutation("a request outlives its time", POSTING, "sock.shutdown(socket.SHUT_RDWR)", "pass", POSTED),
    Mutation("a redirect is an answer", POSTING, "if 300 <= status < 400:", "if False:", POSTED),
    Mutation("a channel that one host lacks is not told", ORDERING, "self._join(before)", "pass", TELLING),
    Mutation(
        "a gap of days is told as one slot",
        "jobs_api/alerts/absences.py",
        "since=first, detail=why",
        "since=slot, detail=why",
        TELLING_KINDS,
    ),
    Mutation("a channel hears of every job", ROUTES, "chooses(channel.jobs, name)", "True", ROUTED),
    Mutation(
        "a channel hangs twice",
        SENDING,
        "if key in _hanging and _hanging[key].is_alive():",
        "if False:",
        DELIVERED,
    ),
    Mutation("an error quotes a secret", SENDING, "why.replace(secret, MASK)", "why", DELIVERED),
    Mutation(
        "a signature is of another time",
        "jobs_api/alerts/channels/webhook.py",
        "(id.encode(), timestamp.encode(), body)",
        '(id.encode(), b"0", body)',
        "tests/jobs_api/alerts/channels/test_webhook.py",
    ),
    Mutation("an attempt by hand is claimed before it is recorded", CLAIMING, ALONG, "committed()", TOGETHER),
    Mutation(
        "a backfill says what it meant to queue",
        CLAIMING,
        "along(_made(wanted))",
        "along(len(wanted))",
        TOGETHER,
    ),
    Mutation("a job goes on, and nobody did it", PAUSING, IN_ONE.format("alias()"), APART_FROM_IT, TOGETHER),
    Mutation(
        "a cancel that nobody asked for",
        CANCELLING,
        IN_ONE.format("database.alias()"),
        APART_FROM_IT,
        TOGETHER,
    ),
    Mutation(
        "an upsert changes an entry",
        ENTRIES,
        'if kwargs.get("update_conflicts") or len(args) > 2:',
        "if False:",
        APPENDED,
    ),
    Mutation("a fixture changes an entry", ENTRIES, "if self.exists():", "if False:", APPENDED),
    Mutation("a collector deletes entries", ENTRIES, "pre_delete.connect(_refuse", "str(_refuse", APPENDED),
    Mutation(
        "a tiny AUDIT_DAYS hides what was done",
        AUDIT_KEPT,
        "max(config().audit_days, AUDIT_DAYS_LEAST)",
        "config().audit_days",
        KEPT_LONG,
    ),
    Mutation(
        "a repeat with a reason writes",
        BY_HAND,
        "if self._tells and not self._recorded:",
        "if not self._recorded:",
        ORDERED,
    ),
    Mutation(
        "what run-due starts is by hand",
        BY_HAND,
        "if request.trigger.kind in COURIERS:",
        "if False:",
        ORDERED,
    ),
    Mutation(
        "an attempt is recorded each time it is parked",
        BY_HAND,
        "        if not self._recorded:\n            self._record(lease",
        "        if True:\n            self._record(lease",
        ORDERED,
    ),
    Mutation(
        "a command acts as who triggered it",
        "jobs_api/execution/perform.py",
        "with by_itself, capturing(",
        "with capturing(",
        ORDERED,
    ),
    Mutation(
        "the audit holds a token",
        "jobs_api/audit/wording.py",
        "TOKEN.sub(MASK, text)",
        "text",
        "tests/jobs_api/audit/test_recording.py",
    ),
    Mutation(
        "a spreadsheet computes a reason",
        "jobs_api/text/sheets.py",
        'FORMULA.sub(r"\\1\\2\'", ',
        "str(",
        EXPORTED,
    ),
    Mutation(
        "a page of the audit leaves entries out",
        "jobs_api/audit/reading.py",
        "at__lte=after.at",
        "at__lt=after.at",
        "tests/jobs_api/audit/test_reading.py",
    ),
    Mutation(
        "anybody on the staff may give an order",
        PAGE_ORDERS,
        "if not page.may_operate(request):",
        "if False:",
        PAGE_ORDERED,
    ),
    Mutation(
        "an order is given in the transaction of the request",
        PAGE_ORDERS,
        "transaction.non_atomic_requests(using=alias)(view)",
        "pass",
        PAGE_ORDERED,
    ),
    Mutation(
        "a run is run again that has succeeded meanwhile",
        PAGE_ORDERS,
        "if str(order.mark(row)) != (marks or {}).get(row.pk)",
        "if False",
        PAGE_ORDERED,
    ),
    Mutation(
        "the audit does not learn that the admin acted",
        PAGE_ORDERS,
        'with audit.acting("admin", actor=actor, address=address):',
        "if True:",
        PAGE_ORDERED,
    ),
    Mutation(
        "a digest can be asked for letter by letter",
        PAGE_LISTS,
        "return lookup in {",
        "return lookup or {",
        PAGE_LISTED,
    ),
    Mutation(
        "a list is sorted as its address says",
        PAGE_LISTS,
        "return list(self.model_admin.get_ordering(request))",
        "return super().get_ordering(request, queryset)",
        PAGE_LISTED,
    ),
    Mutation(
        "whoever finds the row has the turn", ALERT_TURNS, TAKEN, "if not turns.update(at=at):", AT_ONCE
    ),
    Mutation("an evaluation that was overtaken writes", ALERT_TURNS, FENCED, "return True", TELLING),
    Mutation(
        "two versions close what the other opens",
        ALERT_READING,
        "return unknown & others",
        "return set()",
        TELLING_KINDS,
    ),
    Mutation(
        "a job whose retries overlap its slots is never told of",
        "jobs_api/alerts/failures.py",
        "if before is not None and before.state == State.FAILED else None",
        "if False else None",
        TELLING_KINDS,
    ),
    Mutation(
        "a job that flaps floods its channels", ORDERING, "if number > FLAPS and", "if False and", TELLING
    ),
    Mutation(
        "a recovery overtakes what it ends", ALERT_OUTBOX, "if not _is_behind(first):", "if True:", TELLING
    ),
    Mutation("a channel that is down is asked for each message", ALERT_OUTBOX, ASKED_ONCE, "", TELLING),
    Mutation(
        "what another process sends is sent here, too",
        ALERT_OUTBOX,
        "if free.count() != len(pks):",
        "if False:",
        TELLING,
    ),
    Mutation(
        "an event that another host has not seen is left to it",
        "jobs_api/alerts/background.py",
        "elif asked_at is None or done < asked_at:",
        "elif False:",
        "tests/jobs_api/alerts/test_background.py",
    ),
]


def main() -> int:
    """Run all mutations and print the result of each."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-mutations-") as folder:
        trees = _trees(Path(folder))
        if missing := [mutation for mutation in MUTATIONS if _occurrences(trees[0], mutation) != 1]:
            for mutation in missing:
                found = _occurrences(trees[0], mutation)
                print(f"{mutation.name}: {mutation.path} holds {found} times, not once:\n    {mutation.text}")
            return 2
        suites = list(dict.fromkeys(mutation.tests for mutation in MUTATIONS))
        sound = _in_each(trees, _passes, suites)
        if failing := [tests for tests, passes in zip(suites, sound, strict=True) if not passes]:
            print(f"{', '.join(failing)}: fails, or hangs, on the code as it is.")
            return 2
        killed = sum(_in_each(trees, _is_killed, MUTATIONS))
    print(f"{killed} of {len(MUTATIONS)} killed.")
    return 0 if killed == len(MUTATIONS) else 1


def _trees(folder: Path) -> list[Path]:
    """A copy of the tree for each core: one mutation at a time is in each."""
    trees = [folder / str(number) for number in range(min(os.cpu_count() or 1, MOST_TREES))]
    for tree in trees:
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
    return trees


def _in_each(trees: Sequence[Path], work: Callable[[Path, T], bool], items: Sequence[T]) -> list[bool]:
    """What `work` answers for each item; as many at once as there are trees."""
    free: Queue[Path] = Queue()
    for tree in trees:
        free.put(tree)

    def done(item: T) -> bool:
        tree = free.get()
        try:
            return work(tree, item)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        return list(pool.map(done, items))


def _occurrences(tree: Path, mutation: Mutation) -> int:
    return (tree / mutation.path).read_text().count(mutation.text)


def _is_killed(tree: Path, mutation: Mutation) -> bool:
    file, started = tree / mutation.path, time.monotonic()
    sound = file.read_text()
    file.write_text(sound.replace(mutation.text, mutation.mutant))
    try:
        explorer = _explorer(tree, mutation.scenario) if mutation.scenario else None  # beside the tests
        killed = not _passes(tree, mutation.tests)
        found = explorer is None or _breaks_a_rule(explorer)
    finally:
        file.write_text(sound)
    verdict = "killed" if killed and found else "SURVIVED"
    by = "" if explorer is None else f" ({'found by' if found else 'NOT FOUND by'} {mutation.scenario})"
    print(f"{verdict:8}  {time.monotonic() - started:4.1f} s  {mutation.name}{by}", flush=True)
    return killed and found


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    # A module that is changed twice in a second could be mistaken for what was compiled of it before.
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def _explorer(tree: Path, *scenarios: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-B", "-m", "tools.explore", *scenarios]
    return subprocess.Popen(
        command, cwd=tree, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _breaks_a_rule(explorer: subprocess.Popen[str]) -> bool:
    """Whether the explorer found a broken rule; any other failure stops the whole run."""
    try:
        output, _ = explorer.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        explorer.kill()
        explorer.communicate()
        return False
    if explorer.returncode == 0 or "BROKEN" in output:
        return explorer.returncode == 1
    raise SystemExit(f"tools.explore ended with {explorer.returncode}:\n{output}")


def _passes(tree: Path, tests: str) -> bool:
    """Whether the tests pass there; an error of pytest itself stops the whole run."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    command += ["--ignore", APART] if tests == TRANSITIONS else []
    try:
        done = subprocess.run(
            command, cwd=tree, env=_environment(), capture_output=True, text=True, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return False  # a mutant that hangs is noticed, too
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
