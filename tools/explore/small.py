"""The short form: scenarios of three actors or so, small enough to go through in full in every run of the tests."""

from __future__ import annotations

from tools.explore.parts import (
    beats,
    cancel,
    daily,
    passes,
    reap,
    trigger,
    works,
)
from tools.explore.scenario import host, scenario
from tools.explore.world import World

DAILY = daily()
SENT = daily("sent", executor="background")


@scenario(short=True)
def two_triggers(world: World) -> None:
    """Two triggers of one slot, a reaper; a lease runs out at any moment."""
    world.aftermath = [host("operator", DAILY)]
    world.add("first", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("second", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("reaper", host("other", DAILY), reap)
    world.happen("time", *passes(world, 31))


@scenario(short=True)
def three_triggers(world: World) -> None:
    """Three triggers of one slot."""
    world.aftermath = [host("operator", DAILY)]
    for name in ("first", "second", "third"):
        world.add(name, host("web", DAILY), trigger(DAILY), group="triggers")
