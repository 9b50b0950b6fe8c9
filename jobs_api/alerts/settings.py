"""JOBS_API["ALERTS"] as typed objects: which channels there are, and which incidents each hears of.

Reading never fails: `jobs_api.checks` reports what is wrong, and a message to a channel whose options are
wrong waits until they are right. A filter that cannot be read filters nothing: rather a message too many.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from jobs_api import conf, registry
from jobs_api.alerts.kinds import KINDS
from jobs_api.text.globs import chooses

FILTERS = ("JOBS", "TAGS", "OWNERS", "KINDS", "SEVERITIES")
"""Keys that every channel may have: each narrows what it hears of, and one match within a key is enough."""
NUMBERS: dict[str, float] = {
    "REMIND_SECONDS": 4 * 3600,
    "EXPIRY_DAYS": 14,
    "SLOW_FACTOR": 2,
    "SUMMARY_FROM": 10,
}
"""Keys beside CHANNELS, with their defaults."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One entry of JOBS_API["ALERTS"]["CHANNELS"]."""

    name: str
    type: str
    """A file in `jobs_api/alerts/channels/`, or the dotted path of a `Channel` of the host."""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """The keys of its type. They hold secrets."""
    jobs: tuple[str, ...] = ()
    """Globs of names of jobs, "!" before one leaves them out; empty: every job, as with the other filters."""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Empty: those that `kinds.KINDS` calls default."""
    severities: tuple[str, ...] = ()

    @property
    def by_job(self) -> bool:
        """Whether it hears of some jobs only."""
        return bool(self.jobs or self.tags or self.owners)


def channels() -> dict[str, ChannelConfig]:
    """All channels by name, also those whose options are wrong: sending says so, and nothing is lost."""
    given = conf.config().alerts
    found = given.get("CHANNELS") if isinstance(given, Mapping) else None
    return {str(name): _channel(str(name), value) for name, value in _mapping(found).items()}


def wants(channel: ChannelConfig, kind: str, job: str) -> bool:
    """Whether a channel hears of incidents of this kind about this job.

    Args:
        channel: one of `channels()`.
        kind: one of `kinds.KINDS`.
        job: the job's name, declared or not; "" for an incident about a source or a token. Those go to the
            channels that take every job, and to those that name the kind in KINDS.
    """
    known = KINDS.get(kind)
    if channel.kinds:
        if kind not in channel.kinds:
            return False
    elif known is not None and not known.default:
        return False
    if channel.severities and known is not None and known.severity not in channel.severities:
        return False
    return _wants_job(channel, job) if job else not channel.by_job or kind in channel.kinds


def remind_seconds() -> float | None:
    """After how long an open incident is told again; None: never."""
    given = _mapping(conf.config().alerts)
    return None if given.get("REMIND_SECONDS", 0) is None else number("REMIND_SECONDS")


def expiry_days() -> float:
    """How long before its end a token is told of."""
    return number("EXPIRY_DAYS")


def slow_factor() -> float:
    """How many times its usual duration makes a run slow."""
    return number("SLOW_FACTOR")


def summary_from() -> int:
    """From how many messages at once to one channel they are sent as one."""
    return max(int(number("SUMMARY_FROM")), 2)


def number(key: str) -> float:
    """A number of JOBS_API["ALERTS"]; its default where the host gave none, or one that is wrong."""
    value = _mapping(conf.config().alerts).get(key)
    return NUMBERS[key] if value is None or bad_number(value) else float(value)


def bad_number(value: Any) -> bool:
    """Whether it is not a number above 0."""
    return isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 10**9


def _channel(name: str, value: Any) -> ChannelConfig:
    given = _mapping(value)
    kind = given.get("TYPE")
    return ChannelConfig(
        name=name,
        type=kind if isinstance(kind, str) else "",
        options={key: each for key, each in given.items() if key != "TYPE" and key not in FILTERS},
        **{key.lower(): _words(given.get(key)) for key in FILTERS},
    )


def _wants_job(channel: ChannelConfig, name: str) -> bool:
    job = registry.find(name)
    tags, owner = (job.tags, job.owner) if job is not None else ((), "")
    return (
        chooses(channel.jobs, name)
        and (not channel.tags or not set(channel.tags).isdisjoint(tags))
        and (not channel.owners or owner in channel.owners)
    )


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        return ()
    return tuple(str(each) for each in value)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
