"""What is wrong with JOBS_API["ALERTS"]. No text quotes the value of an option, which may be a secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs_api import conf, registry
from jobs_api.alerts.channel import Channel
from jobs_api.alerts.channels import NoChannel, load
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.settings import FILTERS, NUMBERS, ChannelConfig, bad_number, channels, wants
from jobs_api.registry.validation import Fault
from jobs_api.text.globs import NOT

NAME = re.compile(r"[-a-zA-Z0-9_]{1,50}", re.ASCII)
SEVERITIES = ("error", "warning")
TYPES: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    dict: "a dictionary",
    list: "a list of texts",
}
Wrong = Iterator[tuple[str, str]]
"""What is wrong, and its remedy."""


def faults() -> Iterator[Fault]:
    """All that is wrong, in the order in which one would correct it."""
    given = conf.config().alerts
    if not isinstance(given, Mapping) or not given:  # E033 tells what is not a dictionary
        return
    yield from _keys(given)
    found = given.get("CHANNELS", {})
    if not isinstance(found, Mapping):
        hint = 'Such as {"ops": {"TYPE": "mail", "TO": ["ops@example.com"]}}.'
        yield Fault(
            "jobs_api.E071", "ALERTS['CHANNELS'] is not a dictionary of channels by their names.", hint
        )
        return
    for name, value in found.items():
        yield from _channel(name, value)
    yield from _unheard(channels().values())
    if found and not conf.config().base_url:
        text = "JOBS_API has no BASE_URL, so alerts have no links."
        yield Fault("jobs_api.I070", text, 'Set the address of the site, such as "https://shop.example.com".')


def option_faults(config: ChannelConfig, channel: Channel) -> Wrong:
    """What is wrong with the options of a channel."""
    wrong = list(_options(config.options, channel))
    yield from wrong or _own(channel.faults(config.options))


def _keys(given: Mapping[Any, Any]) -> Iterator[Fault]:
    known = ("CHANNELS", *NUMBERS)
    for key, value in given.items():
        if key not in known:
            yield Fault("jobs_api.E070", f"ALERTS has no key {key!r:.80}.", _did_you_mean(key, known))
        elif key in NUMBERS and bad_number(value) and not (key == "REMIND_SECONDS" and value is None):
            hint = f"{NUMBERS[key]:g} is the default." + (" None: never." if key == "REMIND_SECONDS" else "")
            yield Fault("jobs_api.E072", f"ALERTS[{key!r}] is not a number above 0.", hint)


def _channel(name: object, value: object) -> Iterator[Fault]:
    at = f"ALERTS channel {name!r:.80}"
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        hint = "Use letters, digits, - and _; at most 50."
        yield Fault("jobs_api.E071", f"{at}: the name is not a valid slug.", hint)
    if not isinstance(value, Mapping):
        yield Fault("jobs_api.E071", f"{at} is not a dictionary.", 'Such as {"TYPE": "mail", "TO": [...]}.')
        return
    yield from (Fault("jobs_api.E074", f"{at}: {text}.", hint) for text, hint in _filters(value))
    if (config := channels().get(str(name))) is None:
        return
    try:
        channel = load(config.type)
    except NoChannel as error:
        text = error.problem if config.type else "it has no TYPE"
        yield Fault("jobs_api.E073", f"{at}: {text}.", error.hint)
        return
    yield from (
        Fault("jobs_api.E075", f"{at}: {text}.", hint) for text, hint in option_faults(config, channel)
    )
    yield from (Fault("jobs_api.W071", f"{at}: {text}.", hint) for text, hint in cautions(config))
    yield from (Fault("jobs_api.W070", f"{at}: {text}.", hint) for text, hint in _unmatched(config))


def _filters(value: Mapping[Any, Any]) -> Wrong:
    choices: Mapping[str, Iterable[str]] = {"KINDS": KINDS, "SEVERITIES": SEVERITIES}
    for key in FILTERS:
        if key not in value:
            continue
        words = value[key]
        if not _is_list_of_texts(words, empty=key == "OWNERS"):
            yield f"{key} is not a list of texts", f"Such as {_EXAMPLES[key]}; leave it out for all."
            continue
        for word in words:
            if key in choices and word not in choices[key]:
                yield f"{key} has {word!r:.80}, which does not exist", _did_you_mean(word, choices[key])


_EXAMPLES = {
    "JOBS": '["report_*"]',
    "TAGS": '["money"]',
    "OWNERS": '["data team"]',
    "KINDS": '["failed", "missed"]',
    "SEVERITIES": '["error"]',
}


def _options(options: Mapping[Any, Any], channel: Channel) -> Wrong:
    known = (*channel.options, "TYPE", *FILTERS)
    for key, value in options.items():
        kind = channel.options.get(key)
        if kind is None:
            yield f"it has no key {key!r:.80}", _did_you_mean(key, known)
        elif not _is(value, kind) and (value or key not in channel.required):
            yield f"{key} is not {TYPES.get(kind, kind.__name__)}", _written(kind)
    for key in channel.required:
        if not options.get(key):
            what = "is missing" if key not in options else "is empty"
            yield f"{key} {what}", f"It is {TYPES.get(channel.options[key], 'needed')}; see docs/alerts.md."


def cautions(config: ChannelConfig) -> Wrong:
    """What is not as somebody may expect, of a channel that can send."""
    channel = load(config.type)
    if not any(option_faults(config, channel)):
        yield from _own(channel.cautions(config.options))


def _written(kind: type) -> str:
    """How a value of that type is written."""
    if kind is list:
        return "Put it into brackets, also if there is only one: [...]; see docs/alerts.md."
    how = "Put it into quotes" if kind is str else "Correct its value"
    return f"{how}; see docs/alerts.md."


def _own(found: Wrong) -> Wrong:
    """What a channel finds; a host's own may raise anything."""
    try:
        yield from found
    except Exception as error:  # noqa: BLE001
        yield f"its check raised {type(error).__name__}", "Correct it: it yields pairs of a text and a hint."


def _unmatched(config: ChannelConfig) -> Wrong:
    """Filters that match no declared job, or together none: a channel that stays silent."""
    jobs, told = registry.jobs(), False
    for key in ("jobs", "tags", "owners"):
        for word in getattr(config, key):
            only: dict[str, Any] = {key: (word.removeprefix(NOT) if key == "jobs" else word,)}
            alone = ChannelConfig(config.name, config.type, **only)
            if not any(wants(alone, "failed", job.name) for job in jobs):
                told = True
                words = {"jobs": "name", "tags": "tag", "owners": "owner"}
                yield f"no job has the {words[key]} {word!r:.80}", f"Correct {key.upper()}, or remove it."
    names = ["", *(job.name for job in jobs)]
    if not told and not any(wants(config, kind, name) for kind in KINDS for name in names):
        yield "it never hears of anything", "Each of its keys narrows what it hears of: loosen one."


def _unheard(found: Iterable[ChannelConfig]) -> Iterator[Fault]:
    """Incidents about sources and tokens that no channel hears of, as each takes some jobs only."""
    configs = list(found)
    missing = [
        kind
        for kind in ("source_silent", "token_expiring")
        if configs and not any(wants(config, kind, "") for config in configs)
    ]
    if missing:
        text = f"ALERTS: no channel hears of {' and '.join(missing)}, which are not about a job."
        yield Fault(
            "jobs_api.W072", text, "Name them in the KINDS of a channel, or have one that takes every job."
        )


def _is(value: Any, kind: type) -> bool:
    if kind is list:
        return _is_list_of_texts(value)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return isinstance(value, Mapping if kind is dict else kind)


def _is_list_of_texts(value: Any, *, empty: bool = False) -> bool:
    if not isinstance(value, (list, tuple, set, frozenset)) or not value:
        return False
    return all(isinstance(each, str) and (empty or each.strip()) for each in value)


def _did_you_mean(key: object, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(str(key), names, n=1) or difflib.get_close_matches(
        str(key).upper(), names, n=1
    )
    return f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(names)}."
