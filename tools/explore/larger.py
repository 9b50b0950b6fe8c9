"""More than a run of the tests has time for: in full where it takes less than a minute, else by chance."""

from __future__ import annotations

from tools.explore.events import dies, frees_room, loses_answer, passes
from tools.explore.parts import (
    beats,
    cancel,
    claimed,
    daily,
    has_message,
    late,
    reap,
    renews,
    rerun,
    run_due,
    running,
    trigger,
    waits_for_room,
    works,
)
from tools.explore.scenario import host, scenario
from tools.explore.small import DAILY, SENT
from tools.explore.world import World

EAGER = daily("eager", max_attempts=2)


@scenario()
def two_triggers_and_a_reaper(world: World) -> None:
    """Two triggers of one slot, a reaper, a lease that runs out."""
    world.aftermath = [host("operator", DAILY)]
    world.add("first", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("second", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("reaper", host("other", DAILY), reap)
    world.happen("time", *passes(world, 31))


@scenario()
def no_room_and_a_cancel(world: World) -> None:
    """A host is full, has room again, and an operator cancels what waits for it."""
    world.aftermath = [host("operator", SENT)]
    world.engine.room = world.engine.busy = 1
    web = host("web", SENT)
    world.add("caller", web, trigger(SENT))
    world.add("neighbour", web, waits_for_room("background"))
    world.add("operator", host("other", SENT), cancel(SENT))
    world.happen("room", frees_room(world))


@scenario(setup=claimed(SENT))
def cancelled_when_a_worker_is_late(world: World) -> None:
    """A late worker, a reaper and an operator want the same attempt."""
    world.aftermath = [host("operator", SENT)]
    has_message(world)
    works(world, "worker", host("worker", SENT))
    world.add("operator", host("web", SENT), cancel(SENT))
    world.add("reaper", host("other", SENT), reap)
    world.happen("time", *passes(world, 3601))


@scenario()
def run_again(world: World) -> None:
    """An operator orders a rerun while a trigger runs the slot."""
    world.aftermath = [host("operator", DAILY)]
    world.add("caller", host("web", DAILY), trigger(DAILY))
    world.add("operator", host("other", DAILY), rerun(DAILY), forces=True)
    world.happen("time", *passes(world, 31))


@scenario()
def an_answer_is_lost(world: World) -> None:
    """The database does what a holder writes, and its answer does not come through."""
    world.aftermath = [host("operator", DAILY)]
    holder = world.add("holder", host("web", DAILY), trigger(DAILY))
    world.add("second", host("web", DAILY), trigger(DAILY))
    world.happen("network", loses_answer(world, holder))
    world.happen("time", *passes(world, 31))


@scenario()
def due_twice(world: World) -> None:
    """Two callers of run-due, one of whom dies."""
    world.aftermath = [host("operator", DAILY)]
    first = world.add("first", host("web", DAILY), run_due)
    world.add("second", host("web", DAILY), run_due)
    world.happen("fate", dies(world, first))


# -- by chance --------------------------------------------------------------------------------


@scenario(by_chance=True)
def everybody_inline(world: World) -> None:
    """Two triggers, run-due, a heartbeat, a reaper, an operator, a death, a lost answer; time passes."""
    world.aftermath = [host("operator", DAILY)]
    web = host("web-1", DAILY)
    holder = world.add("holder", web, trigger(DAILY))
    beats(world, "heartbeat", web, times=2)
    world.add("second", host("web-2", DAILY), trigger(DAILY))
    world.add("due", host("web-3", DAILY), run_due)
    world.add("operator", host("web-4", DAILY), cancel(DAILY))
    world.add("reaper", host("web-5", DAILY), reap)
    world.happen("time", *passes(world, 11, 31, 31, 3601))
    world.happen("fate", dies(world, holder))
    world.happen("network", loses_answer(world, holder))


@scenario(by_chance=True)
def everybody_in_the_background(world: World) -> None:
    """Triggers, workers, messages that come twice, a host without room, an operator, a reaper, a death."""
    world.aftermath = [host("operator", SENT)]
    world.engine.room = 1
    web = host("web", SENT)
    for name in ("first", "second"):
        world.add(name, web, trigger(SENT))
    works(world, "worker", host("worker-1", SENT))
    works(world, "other", host("worker-2", SENT))
    works(world, "third", host("worker-3", SENT))
    world.add("neighbour", web, waits_for_room("background"))
    world.add("operator", host("other", SENT), cancel(SENT))
    world.add("due", host("other", SENT), run_due)
    world.happen("time", *passes(world, 31, 3601, 31))


@scenario(by_chance=True, setup=running(EAGER))
def tries_run_out(world: World) -> None:
    """A command that always fails or is lost, until its tries are used up; its holder's renewals are late."""
    world.aftermath = [host("operator", EAGER)]
    world.command_fails = lambda lease: True
    for name in ("first", "second", "third"):
        world.add(name, host("web", EAGER), trigger(EAGER), group="triggers")
    world.add("holder", host("gone", EAGER), late(renews, EAGER))
    world.add("operator", host("other", EAGER), rerun(EAGER), forces=True)
    world.happen("time", *passes(world, 31, 31))
