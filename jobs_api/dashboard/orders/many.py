"""An order about many, carried out one by one within the time of a request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.conf import config
from jobs_api.dashboard.orders.told import Told, of_error
from jobs_api.database import bounds

MOST = 1000
"""So many at once."""
NAMED = 5
"""So many are named where the same is said of several."""
Target = TypeVar("Target")


def until() -> float:
    """Until when an order that begins now may begin another one, by the monotonic clock."""
    return time.monotonic() + config().run_due_seconds


def carried_out(
    targets: Sequence[Target], act: Callable[[Target], Told], about: str, *, ends: float
) -> Iterator[tuple[Target, Told]]:
    """Do it to each, in their order; one that is refused, or breaks, stops no other.

    After the time that run-due takes, too, no further one is begun: what is left is told, and can be ordered
    again.

    Args:
        about: for the log.
        ends: see `until`.
    """
    for number, target in enumerate(targets):
        if number and (time.monotonic() >= ends or bounds.is_over()):
            yield target, not_started()
            continue
        yield target, _done(target, act, about)
        bounds.afresh()


def _done(target: Target, act: Callable[[Target], Told], about: str) -> Told:
    try:
        return act(target)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the others are done all the same
        return of_error(error, about)


def not_started() -> Told:
    """Of what no time was left for."""
    return Told(
        messages.WARNING, _("Not begun: the time of one request is over. Order it again for these."), False
    )


def summed(done: Iterable[tuple[str, Told]], say: Callable[[int], str]) -> Iterator[Told]:
    """One message for all of which the same is to be said.

    Args:
        done: names with what came of each.
        say: "35 runs", for a number.
    """
    alike: dict[Told, list[str]] = {}
    for name, said in done:
        alike.setdefault(said, []).append(name)
    for said, names in alike.items():
        words = {"number": say(len(names)), "outcome": said.text, "names": listed(names)}
        yield said._replace(text=_("%(number)s: %(outcome)s %(names)s") % words)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    if more <= 0:
        return shown
    words = ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more)
    return words % {"names": shown, "n": more}
