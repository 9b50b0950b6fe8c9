"""The short scenarios: about three actors each; every run of the tests explores them completely."""

from __future__ import annotations

from tools.explore.events import delivers_twice, dies, frees_room, passes
from tools.explore.parts import (
    BEFORE,
    abandons,
    beats,
    cancel,
    claimed,
    claims_without_checks,
    daily,
    ends,
    failed,
    fails,
    has_message,
    late,
    ordered,
    parked,
    pause,
    paused,
    reap,
    renews,
    reports_progress,
    rerun,
    resume,
    run_due,
    running,
    trigger,
    waits_for_room,
    works,
)
from tools.explore.scenario import cold, host, scenario
from tools.explore.world import World

DAILY = daily()
SENT = daily("sent", executor="background")
MOVED = daily(schedule="30 3 * * *")
LOOSE = daily("loose", overlap="allow")
ONCE = daily("once", max_attempts=1)
HASTY = daily("hasty", executor="background", expires=10 * 3600)


@scenario(short=True)
def three_triggers(world: World) -> None:
    """Three triggers of one slot at once."""
    world.aftermath = [host("operator", DAILY)]
    for name in ("first", "second", "third"):
        world.add(name, host("web", DAILY), trigger(DAILY), group="triggers")


@scenario(short=True)
def side_by_side(world: World) -> None:
    """Two triggers of one slot, of a job whose slots may overlap."""
    world.aftermath = [host("operator", LOOSE)]
    world.add("first", host("web", LOOSE), trigger(LOOSE), group="triggers")
    world.add("second", host("web", LOOSE), trigger(LOOSE), group="triggers")


@scenario(short=True)
def a_lease_runs_out(world: World) -> None:
    """Two triggers of one slot; a lease expires while its command still runs, or after it has died."""
    world.aftermath = [host("operator", DAILY)]
    world.add("first", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("second", host("web", DAILY), trigger(DAILY), group="triggers")
    world.happen("time", *passes(world, 31))


@scenario(short=True)
def renewed_or_reaped(world: World) -> None:
    """A holder whose heartbeat is late, and a reaper."""
    world.aftermath = [host("operator", DAILY)]
    web = host("web", DAILY)
    world.add("holder", web, trigger(DAILY))
    beats(world, "heartbeat", web)
    world.add("reaper", host("other", DAILY), reap)
    world.happen("time", *passes(world, 31))


@scenario(short=True, setup=running(DAILY))
def a_late_renewal(world: World) -> None:
    """A renewal arrives late, when another attempt may hold the slot."""
    world.aftermath = [host("operator", DAILY)]
    world.add("holder", host("web", DAILY), late(renews, DAILY))
    world.add("second", host("other", DAILY), trigger(DAILY))
    world.happen("time", *passes(world, 31))


@scenario(short=True, setup=running(DAILY))
def late_output(world: World) -> None:
    """The output of a command arrives late."""
    world.aftermath = [host("operator", DAILY)]
    world.add("holder", host("web", DAILY), late(reports_progress, DAILY))
    world.add("second", host("other", DAILY), trigger(DAILY))
    world.happen("time", *passes(world, 31))


@scenario(short=True, setup=running(DAILY))
def a_late_end(world: World) -> None:
    """The end of a command arrives late: its success is not written if another attempt has begun."""
    world.aftermath = [host("operator", DAILY)]
    world.add("holder", host("web", DAILY), late(ends, DAILY))
    world.add("second", host("other", DAILY), trigger(DAILY))
    world.happen("time", *passes(world, 31))


@scenario(short=True)
def delivered_twice(world: World) -> None:
    """An engine delivers one attempt to two workers."""
    world.aftermath = [host("operator", SENT)]
    world.add("caller", host("web", SENT), trigger(SENT))
    works(world, "worker", host("worker-1", SENT))
    works(world, "twin", host("worker-2", SENT))
    world.happen("engine", delivers_twice(world))


@scenario(short=True, setup=claimed(SENT))
def a_worker_that_is_late(world: World) -> None:
    """A worker begins when its claim has expired; a reaper runs before or after."""
    world.aftermath = [host("operator", SENT)]
    has_message(world)
    works(world, "worker", host("worker", SENT))
    world.add("reaper", host("other", SENT), reap)
    world.happen("time", *passes(world, 3601, 31))


@scenario(short=True, setup=claimed(SENT))
def a_late_delivery(world: World) -> None:
    """A message arrives when another attempt is already claimed."""
    world.aftermath = [host("operator", SENT)]
    has_message(world)
    world.add("second", host("web", SENT), trigger(SENT))
    works(world, "worker", host("worker", SENT))
    world.happen("time", *passes(world, 3601))


@scenario(short=True)
def cancelled_in_the_queue(world: World) -> None:
    """An operator cancels an attempt while an engine delivers it."""
    world.aftermath = [host("operator", SENT)]
    world.add("caller", host("web", SENT), trigger(SENT))
    works(world, "worker", host("worker", SENT))
    world.add("operator", host("web", SENT), cancel(SENT))


@scenario(short=True)
def cancelled_while_it_runs(world: World) -> None:
    """An operator cancels a running command; it fails, or its host dies, or its lease expires."""
    world.aftermath = [host("operator", DAILY)]
    world.command_fails = lambda lease: True
    holder = world.add("holder", host("web", DAILY), trigger(DAILY))
    world.add("operator", host("other", DAILY), cancel(DAILY))
    world.happen("time", *passes(world, 31))
    world.happen("fate", dies(world, holder))


@scenario(short=True)
def two_slots_of_a_job(world: World) -> None:
    """Two slots of a job that does not overlap, and a lease that expires."""
    world.aftermath = [host("operator", DAILY)]
    world.add("newer", host("web", DAILY), trigger(DAILY))
    world.add("older", host("web", DAILY), trigger(DAILY, BEFORE))
    world.happen("time", *passes(world, 31))


@scenario(short=True, setup=ordered(DAILY, BEFORE))
def cancelled_before_it_starts(world: World) -> None:
    """Run-due starts a slot that a backfill has queued, while an operator cancels it."""
    world.aftermath = [host("operator", DAILY)]
    world.add("due", host("web", DAILY), trigger(DAILY, BEFORE))
    world.add("operator", host("other", DAILY), cancel(DAILY, BEFORE))


@scenario(short=True, setup=failed(DAILY))
def two_retries(world: World) -> None:
    """Two triggers retry a failed slot, and it fails again."""
    world.aftermath = [host("operator", DAILY)]
    world.command_fails = lambda lease: True
    world.add("first", host("web", DAILY), trigger(DAILY), group="triggers")
    world.add("second", host("web", DAILY), trigger(DAILY), group="triggers")


@scenario(short=True, setup=running(DAILY))
def reaped_or_retaken(world: World) -> None:
    """A reaper reads one attempt and writes when another one has begun."""
    world.aftermath = [host("operator", DAILY)]
    world.add("reaper", host("other", DAILY), reap)
    world.add("second", host("web", DAILY), trigger(DAILY))
    world.happen("time", *passes(world, 31, 31))


@scenario(short=True, setup=running(DAILY))
def a_reaper_that_is_late(world: World) -> None:
    """A reaper reads before a renewal and writes after the renewed lease has expired, too."""
    world.aftermath = [host("operator", DAILY)]
    world.add("reaper", host("other", DAILY), reap)
    world.add("holder", host("web", DAILY), late(renews, DAILY))
    world.happen("time", *passes(world, 31, 31))


@scenario(short=True, setup=running(DAILY))
def cancelled_or_retried(world: World) -> None:
    """An operator cancels a run that fails at that moment and is retried."""
    world.aftermath = [host("operator", DAILY)]
    world.add("holder", host("web", DAILY), late(fails, DAILY))
    world.add("second", host("web", DAILY), trigger(DAILY))
    world.add("operator", host("other", DAILY), cancel(DAILY))


@scenario(short=True)
def no_room(world: World) -> None:
    """A host is full when a slot is submitted; then a place becomes free, and a waiting run is started."""
    world.aftermath = [host("operator", SENT)]
    world.engine.room = world.engine.busy = 1
    web = host("web", SENT)
    world.add("caller", web, trigger(SENT))
    world.add("neighbour", web, waits_for_room("background"))
    world.happen("room", frees_room(world))


@scenario(short=True)
def two_declarations(world: World) -> None:
    """A rolling deploy: an old host and a new one declare a job differently. Neither mutes the other."""
    world.aftermath = [host("old", DAILY), host("new", MOVED)]
    world.add("old", cold("old", DAILY), run_due)
    world.add("new", cold("new", MOVED), run_due)


@scenario(short=True)
def a_clock_that_is_wrong(world: World) -> None:
    """One host's clock is a year ahead, another's an hour behind: still every slot is run."""
    world.aftermath = [host("operator", DAILY)]
    world.add("fast", host("fast", DAILY, skew=366 * 86400), run_due)
    world.add("slow", host("slow", DAILY, skew=-3600), trigger(DAILY))


@scenario(short=True)
def paused_meanwhile(world: World) -> None:
    """An operator pauses the job, and another one resumes it, while a trigger arrives."""
    world.aftermath = [host("operator", DAILY)]
    world.add("operator", host("web", DAILY), pause(DAILY))
    world.add("other", host("web", DAILY), resume(DAILY))
    world.add("caller", host("web", DAILY), trigger(DAILY))


@scenario(short=True, setup=paused(DAILY, 60, BEFORE))
def a_pause_that_ends_by_itself(world: World) -> None:
    """A pause reaches its end while a trigger and run-due arrive, and a slot of a backfill waits."""
    world.aftermath = [host("operator", DAILY)]
    world.add("caller", host("web", DAILY), trigger(DAILY))
    world.add("due", host("other", DAILY), run_due)
    world.happen("time", *passes(world, 60))


@scenario(short=True, setup=parked(HASTY))
def expires_in_the_queue(world: World) -> None:
    """A run that waits for room becomes too old: run-due closes it while its host gets room again."""
    world.aftermath = [host("operator", HASTY)]
    world.add("due", host("other", HASTY), run_due)
    world.add("neighbour", host("web", HASTY), waits_for_room("background"))
    world.happen("time", *passes(world, 7200))


@scenario(short=True, setup=claimed(SENT))
def abandoned_or_begun(world: World) -> None:
    """A host believes that a process is dead while it begins its attempt; its message is delivered twice."""
    world.aftermath = [host("operator", SENT)]
    world.engine.messages, world.engine.busy = [(1, 1), (1, 1)], 2
    works(world, "worker", host("worker", SENT))
    world.add("watcher", host("web", SENT), abandons, ready=lambda: bool(world.engine.messages))


@scenario(short=True, setup=claimed(SENT))
def run_again_while_it_runs(world: World) -> None:
    """An operator reruns an attempt that a worker is about to begin, and another one cancels it."""
    world.aftermath = [host("operator", SENT)]
    has_message(world)
    works(world, "worker", host("worker", SENT))
    world.add("operator", host("web", SENT), rerun(SENT), forces=True)
    world.add("other", host("web", SENT), cancel(SENT))


@scenario(short=True, setup=failed(DAILY))
def run_again_or_retried(world: World) -> None:
    """An operator reruns a slot that a trigger retries at that moment: its tries start from 0."""
    world.aftermath = [host("operator", DAILY)]
    world.add("caller", host("web", DAILY), trigger(DAILY))
    world.add("operator", host("other", DAILY), rerun(DAILY), forces=True)


@scenario(short=True, setup=running(ONCE))
def its_only_try(world: World) -> None:
    """A job with one try: its run succeeds or is lost, and is cancelled or not."""
    world.aftermath = [host("operator", ONCE)]
    world.add("holder", host("web", ONCE), late(ends, ONCE))
    world.add("operator", host("other", ONCE), cancel(ONCE))


@scenario(short=True, setup=running(DAILY))
def claimed_without_looking(world: World) -> None:
    """A claim by a caller that checks nothing: the claim itself refuses what may not be claimed."""
    world.aftermath = [host("operator", DAILY)]
    world.add("holder", host("web", DAILY), late(ends, DAILY))
    world.add("claimer", host("other", DAILY), claims_without_checks(DAILY))
    world.add("reaper", host("other", DAILY), reap)
    world.happen("time", *passes(world, 31))
