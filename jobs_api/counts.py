"""Triggers that started nothing, counted in memory and written at most once a minute.

A duplicate must cost no write; still somebody will ask how often a job was called, and by whom.
A process that ends takes its last minute's counts along: they are for people, nothing depends on them.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import date

from django.db import connections
from django.db.models import F

from jobs_api import loggers
from jobs_api.bounds import bounded
from jobs_api.models import TriggerCount
from jobs_api.storage import database

logger = loggers.logger(__name__)

FLUSH_EVERY = 60.0
KEYS = 1000
"""So many at most between two writes."""
Key = tuple[str, date, str, str]
"""Job, day, source, outcome."""

_counts: Counter[Key] = Counter()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def count(job_name: str, *, day: date, source: str, outcome: str) -> None:
    """Count one trigger; no statement, no wait."""
    with _lock:
        key = (job_name, day, source[:100], outcome)
        if len(_counts) >= KEYS and key not in _counts:
            key = (job_name, day, "other", outcome)  # callers choose their source: memory has an end
        _counts[key] += 1
        _start_if_needed()


def _start_if_needed() -> None:
    global _thread
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_flush_later, name="jobs_api-counts", daemon=True)
        _thread.start()


def _flush_later() -> None:
    """Write once, a minute after the first count, and end: an idle process has no thread."""
    time.sleep(FLUSH_EVERY)
    global _thread
    with _lock:
        _thread = None
    _flush_quietly()


def _flush_quietly() -> None:
    try:
        flush()
    except Exception:
        logger.warning(
            "The trigger counts could not be written; they wait for the next minute.", exc_info=True
        )
        with _lock:
            _start_if_needed()
    finally:
        connections.close_all()


def flush() -> None:
    """Add what was counted to the table; what could not be written is counted again."""
    with _lock:
        taken = dict(_counts)
        _counts.clear()
    while taken:
        key, number = next(iter(taken.items()))
        try:
            with bounded():
                _add(key, number)
        except Exception:
            with _lock:
                _counts.update(taken)
            raise
        del taken[key]


def _add(key: Key, number: int) -> None:
    job_name, day, source, outcome = key
    same = {"job_name": job_name, "day": day, "source": source, "outcome": outcome}
    table = TriggerCount.objects.using(database())
    table.bulk_create([TriggerCount(**same)], ignore_conflicts=True)
    table.filter(**same).update(count=F("count") + number)
