"""What is wrong with JOBS_API["CHECK_INS"]; no text shows a value, as most of them are secrets."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jobs_api import registry
from jobs_api.check_ins import monitors, settings
from jobs_api.check_ins.monitor import Monitor
from jobs_api.outgoing.posting import url_fault
from jobs_api.registry.validation import Fault

COMMON: Mapping[str, tuple[type, ...]] = {
    "JOBS": (str, list, tuple),
    "TAGS": (str, list, tuple),
    "ON_DEMAND": (bool,),
    "FAILURES": (str,),
}
WORDS = {str: "text", bool: "True or False", int: "a whole number", list: "a list of texts"}


def faults() -> Iterator[Fault]:
    """Everything, as system checks report it."""
    known = {name.upper(): name for name in monitors.names()}
    for key, value in settings.given().items():
        if key == settings.DEAD_MAN:
            yield from _dead_man(value)
        elif key not in known:
            text = f"JOBS_API['CHECK_INS'] has no key {key!r}."
            yield Fault("jobs_api.E080", text, _meant(key, [*known, settings.DEAD_MAN]))
        elif not isinstance(value, Mapping):
            text = f"JOBS_API['CHECK_INS'][{key!r}] is not a dictionary."
            yield Fault("jobs_api.E080", text, f'Write {{"{key}": {{...}}}}; see docs/check-ins.md.')
    for entry in settings.entries():
        if (monitor := monitors.load(entry.name)) is not None and entry.name.upper() in settings.given():
            found = list(_options(entry, monitor))
            yield from found or _of_entry(entry, monitor)


def _dead_man(value: Any) -> Iterator[Fault]:
    problem = "it is not text" if not isinstance(value, str) else url_fault(value) if value else None
    if problem:
        text = f"JOBS_API['CHECK_INS']['DEAD_MAN']: {problem}."
        yield Fault(
            "jobs_api.E081", text, "Write the address that the monitor wants to be called, with its https://."
        )


def _options(entry: settings.Entry, monitor: Monitor) -> Iterator[Fault]:
    """Keys that are unknown, and values that are wrong by themselves."""
    where = f"JOBS_API['CHECK_INS'][{entry.name.upper()!r}]"
    kinds = {**COMMON, **{name: (kind,) for name, kind in monitor.options.items()}}
    for key, value in settings.given()[entry.name.upper()].items():
        if key not in kinds:
            yield Fault("jobs_api.E081", f"{where} has no key {key!r}.", _meant(key, kinds))
        elif not _is_of(value, kinds[key]):
            hint = f"Write {' or '.join(WORDS[kind] for kind in kinds[key] if kind in WORDS)}."
            yield Fault("jobs_api.E081", f"{where}[{key!r}] is of the type {type(value).__name__}.", hint)
        elif key == "FAILURES" and value not in settings.FAILURES:
            yield Fault("jobs_api.E081", f"{where}['FAILURES'] is unknown.", 'Write "each" or "last".')
        elif key in monitor.addresses and value and (problem := url_fault(value)):
            yield Fault(
                "jobs_api.E081",
                f"{where}[{key!r}]: {problem}.",
                "Write a base such as https://hc.example.com.",
            )
    for key in monitor.required:
        if not settings.given()[entry.name.upper()].get(key):
            hint = f"Set it, or leave {entry.name.upper()} out where nothing should be sent."
            yield Fault("jobs_api.E081", f"{where} has no {key}.", hint)


def _is_of(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool) and bool not in kinds:  # True is an int
        return False
    return isinstance(value, kinds) and (
        not isinstance(value, (list, tuple)) or all(isinstance(each, str) for each in value)
    )


def _of_entry(entry: settings.Entry, monitor: Monitor) -> Iterator[Fault]:
    """What is wrong with it together with the jobs, and on this machine."""
    where = f"JOBS_API['CHECK_INS'][{entry.name.upper()!r}]"
    for text, hint in monitor.faults(entry.options):
        yield Fault("jobs_api.E083", f"{where}: {text}.", hint)
    for text, hint in monitor.cautions(entry.options):
        yield Fault("jobs_api.W080", f"{where}: {text}, so nothing is sent.", hint)
    names = [job.name for job in registry.jobs() if entry.wants(job)]
    if not names and registry.jobs():
        hint = "Compare JOBS and TAGS with the declarations; jobs without a schedule need ON_DEMAND."
        yield Fault("jobs_api.W081", f"{where}: it hears of no job.", hint)
    keys = defaultdict(list)
    for name in names:
        keys[monitor.key(name)].append(name)
    for key, several in keys.items():
        if len(several) > 1:
            text = f"{where}: {' and '.join(map(repr, several))} would both be {key!r} there."
            yield Fault("jobs_api.E082", text, "Rename one of them, or leave one out with JOBS.")


def _meant(key: Any, known: Collection[str]) -> str:
    near = difflib.get_close_matches(str(key).upper(), known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(known)}."
