"""The jobs of APScheduler 3: of a scheduler of the project, or the rows of django-apscheduler."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs_api.importers.common import calls, loading
from jobs_api.importers.common.apscheduler_triggers import lines
from jobs_api.importers.common.celery_schedules import zone_name
from jobs_api.importers.common.entry import CannotCarry, Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source, zone_fields

SHORT_GRACE = 60
"""A misfire_grace_time below is the scheduler's own patience (1 s by default), not a wish for the job."""


class APScheduler(Importer):
    """Reads states of jobs; the scheduler is not started, and nothing is written to its stores."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every job, in the order of the scheduler."""
        states = list(_of_scheduler(loading.load(source.app)) if source.app else _of_rows())
        if not states:
            raise Unreadable("There are no jobs. Name the scheduler: --app shop.clock:scheduler")
        for state in states:
            yield from _entries(state, source)


def _of_scheduler(scheduler: Any) -> Iterator[Mapping[str, Any]]:
    if not hasattr(scheduler, "get_jobs"):
        raise Unreadable("--app does not name a scheduler of APScheduler 3.")
    for job, *_ in getattr(scheduler, "_pending_jobs", ()):
        yield _state(job)
    for store in getattr(scheduler, "_jobstores", {}).values():
        yield from _of_store(store)


def _of_store(store: Any) -> Iterator[Mapping[str, Any]]:
    """What a store holds. Its own methods delete jobs that they cannot restore, so they are not used."""
    if hasattr(store, "_jobs"):  # in memory
        yield from (_state(job) for job, _ in store._jobs)
    elif type(store).__module__.startswith("django_apscheduler."):
        yield from _of_rows()
    elif hasattr(store, "jobs_t"):  # SQLAlchemy
        with store.engine.connect() as connection:
            rows = connection.execute(store.jobs_t.select().order_by(store.jobs_t.c.next_run_time))
            yield from ({"id": row.id, **_unpickled(row.job_state)} for row in rows)
    else:
        raise Unreadable(f"The store {type(store).__name__} cannot be read.")


def _of_rows() -> Iterator[Mapping[str, Any]]:
    rows = loading.model("django_apscheduler", "DjangoJob").objects.order_by("id")
    yield from ({"id": row.pk, **_unpickled(bytes(row.job_state))} for row in rows)


def _unpickled(data: bytes) -> Mapping[str, Any]:
    """The state of a job, as the scheduler reads it each time that it starts: the project wrote it."""
    try:
        state = pickle.loads(data)  # noqa: S301 - from the project's own table of its own scheduler
    except Exception as error:  # noqa: BLE001 - pickles may raise anything
        return {"fault": f"Its state cannot be read: {type(error).__name__}."}
    return state if isinstance(state, Mapping) else {"fault": "Its state is not that of a job."}


def _state(job: Any) -> Mapping[str, Any]:
    names = ("id", "name", "args", "kwargs", "trigger", "max_instances", "misfire_grace_time")
    state = {name: getattr(job, name, None) for name in names}
    state["func"] = getattr(job, "func_ref", None)
    if hasattr(job, "next_run_time"):
        state["next_run_time"] = job.next_run_time
    return state


def _entries(state: Mapping[str, Any], source: Source) -> Iterator[Entry]:
    trigger = state.get("trigger")
    wish = str(state.get("id") or "")
    known = "" if _is_random(wish) else f"{wish}: "
    original = (
        (
            f"{known}{state.get('func')}, {trigger}, args={calls.shown(state.get('args'))}, "
            f"kwargs={calls.shown(state.get('kwargs'))}"
        ),
    )
    if "fault" in state:
        yield Entry(original=(wish,), reason=str(state["fault"]))
        return
    if calls.is_bridge(state.get("func")) or calls.is_bridge(type(trigger).__module__):
        yield Entry(original=original, notes=(calls.BRIDGED,))
        return
    try:
        called = _called(state)
        found = lines(trigger)
    except CannotCarry as error:
        yield Entry(original=original, reason=str(error))
        return
    off = "It is paused there." if state.get("next_run_time", trigger) is None else ""
    for line, zone, notes in found:
        fields = {**called, "schedule": line, **zone_fields(zone_name(zone) or source.timezone)}
        yield Entry(original=original, fields=fields, notes=tuple(notes), reason=off)


def _called(state: Mapping[str, Any]) -> dict[str, Any]:
    func = state.get("func")
    if not isinstance(func, str):
        raise CannotCarry("It calls an object that has no name: give it a function in a module.")
    fields = calls.fields(func.replace(":", "."), state.get("args") or (), state.get("kwargs") or {})
    wish = str(state.get("id") or "")
    fields["name"] = calls.name_of(fields) if _is_random(wish) or not wish else wish
    if (state.get("max_instances") or 1) > 1:
        fields["overlap"] = "allow"
    grace = state.get("misfire_grace_time")
    if isinstance(grace, (int, float)) and grace >= SHORT_GRACE:
        fields["expires"] = grace
    return fields


def _is_random(text: str) -> bool:
    """Whether APScheduler made the id itself."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


importer = APScheduler(
    "the jobs of APScheduler 3, or the rows of django-apscheduler",
    example="apscheduler --app shop.clock:scheduler",
    notes=("In APScheduler, 0 is Monday: weekdays are written by name here.",),
)
