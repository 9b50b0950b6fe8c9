"""Send one message by one channel, in bounded time, whatever the channel does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections

from jobs_api import threads
from jobs_api.alerts import checking, settings
from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.channels import NoChannel, load
from jobs_api.alerts.excerpts import bounded
from jobs_api.alerts.message import Message
from jobs_api.outgoing import Late, NoThread, within, without_secrets
from jobs_api.text import one_line
from jobs_api.text.secrets import MASK

SECONDS = 10.0
"""How long one try to send may take."""
REMEDY = "`manage.py check` shows what to correct"
_hanging: dict[tuple[int, str], threads.Thread] = {}
"""Threads of this process that were not waited for any longer, by channel: a channel has one at most."""


def send(channel: str, message: Message, *, seconds: float = SECONDS) -> None:
    """Send it now.

    Args:
        channel: its name in JOBS_API["ALERTS"]["CHANNELS"].
        message: the same object, or one with the same id, for each try.
        seconds: for all of it.

    Raises:
        ChannelError: it was not taken, for whatever reason. Nothing else is raised.
    """
    config = settings.channels().get(channel)
    if config is None:  # not for good: another host, or the next release, may know it
        raise ChannelError("JOBS_API['ALERTS']['CHANNELS'] has no channel of this name")
    try:
        type_ = load(config.type)
    except NoChannel as error:
        raise ChannelError(f"{error.problem}; {REMEDY}") from error
    for problem, _ in checking.option_faults(config, type_):
        raise ChannelError(f"its options are wrong: {problem}; {REMEDY}")
    _send(channel, type_, message, config.options, seconds)


def _send(name: str, type_: Channel, message: Message, options: Mapping[str, Any], seconds: float) -> None:
    key = os.getpid(), name
    if key in _hanging and _hanging[key].is_alive():
        raise ChannelError("an earlier try still hangs in this process")
    _hanging.pop(key, None)

    def work() -> None:
        try:
            type_.send(message, options, seconds=max(seconds - 1, seconds / 2))
        finally:
            connections.close_all()  # those of this thread: a mail backend may use a table

    try:
        within(seconds, work, name=f"jobs_api-alert-{name}")
    except Late as error:
        _hanging[key] = error.thread
        raise ChannelError(f"it did not take the message within {seconds:g} s") from None
    except NoThread as error:
        raise ChannelError(str(error)) from error
    except ChannelError as error:
        why = _shown(str(error), type_, options)
        raise ChannelError(why, retry_after=error.retry_after, for_good=error.for_good) from error
    except (Exception, SystemExit) as error:  # the text may hold anything
        raise ChannelError(f"it raised {type(error).__name__}") from error


def _shown(why: str, type_: Channel, options: Mapping[str, Any]) -> str:
    """A reason in one line, without the values of secret options."""
    for key in type_.secrets:
        for secret in _texts(options.get(key)):
            why = why.replace(secret, MASK)
    return bounded(one_line(without_secrets(why)), 300)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) > 3:
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, (list, tuple)):
        yield from (text for each in value for text in _texts(each))
