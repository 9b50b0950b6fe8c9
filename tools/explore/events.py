"""What happens to a world: time passes, a process is killed, an answer is lost, a clock jumps."""

from __future__ import annotations

from collections.abc import Callable

from tools.explore.actors import Actor
from tools.explore.hosts import Host
from tools.explore.world import World

Deed = tuple[str, Callable[[], bool], Callable[[], None]]
"""Its name, whether it can happen now, and what it does."""


def passes(world: World, *seconds: float) -> list[Deed]:
    """Time passes, in jumps of this many seconds."""
    return [(f"{number:g} s pass", lambda: True, _passing(world, number)) for number in seconds]


def _passing(world: World, seconds: float) -> Callable[[], None]:
    return lambda: world.pass_by(seconds)


def dies(world: World, actor: Actor) -> Deed:
    """SIGKILL for the process of a working actor."""
    return f"{actor.name} is killed", lambda: actor.alive, lambda: world.kill(actor.host)


def loses_answer(world: World, actor: Actor) -> Deed:
    """The database executes the next write of this actor, but the answer is lost."""
    world.loses_answers = True

    def lose() -> None:
        actor.loses_answer = True

    return f"an answer to {actor.name} is lost", lambda: actor.alive, lose


def skews(host: Host, seconds: float) -> Deed:
    """The clock of a host jumps."""

    def jump() -> None:
        host.skew += seconds

    return f"the clock of {host.name} jumps by {seconds:g} s", lambda: True, jump


def delivers_twice(world: World) -> Deed:
    """The engine delivers a message a second time."""

    def again() -> None:
        world.engine.messages.append(world.engine.messages[0])
        world.engine.busy += 1

    return "a message is delivered twice", lambda: bool(world.engine.messages), again


def frees_room(world: World) -> Deed:
    """Something that filled the host ends."""

    def free() -> None:
        world.engine.busy -= 1

    return "there is room again", lambda: True, free


def drains(world: World, host: Host) -> Deed:
    """A host gets SIGTERM, and gives its commands no time."""

    def stop() -> None:
        host.drains = world.elapsed

    return f"{host.name} gets SIGTERM", lambda: True, stop
