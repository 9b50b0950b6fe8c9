"""The rule that compares what a transition reports about its write with the row before and after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs_api.runs.types import Lease
from tools.explore.world import World


def a_holders_write_is_its_own(world: World) -> Iterator[str]:
    """If a write reports success, the row belongs to this attempt before and after the write."""
    for actor, name, first, args, answer in world.facts:
        if name in HOLDERS:
            yield from (f"{actor.name}, {name}: {text}" for text in HOLDERS[name](world, first, args, answer))


def _own(
    world: World, pk: int, attempt: int, leaves: tuple[str, ...], gets: tuple[str, ...]
) -> Iterator[str]:
    before, after = world.before.get(pk), world.rows.get(pk)
    if before is None or after is None:
        yield f"run {pk} did not exist"
    elif (before.attempt, after.attempt) != (attempt, attempt):
        yield f"it holds attempt {attempt}, the row was at {before.attempt} and is at {after.attempt}"
    elif before.state not in leaves or after.state not in gets:
        yield f"run {pk} went from {before.state} to {after.state}"


HELD = ("claimed", "running")


def _finish(world: World, lease: Lease, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    reported = str(args[0].state)
    gets = (reported,) if reported == "succeeded" else (reported, "cancelled")  # a success is never changed
    yield from _own(world, lease.run_id, lease.attempt, HELD, gets)


def _begin(world: World, lease: Lease, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    yield from _own(world, lease.run_id, lease.attempt, ("claimed",), ("running",))


def _park(world: World, lease: Lease, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    yield from _own(world, lease.run_id, lease.attempt, ("claimed",), ("queued",))


def _abandon(world: World, lease: Lease, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    if answer:
        yield from _own(world, lease.run_id, lease.attempt, ("claimed",), ("failed", "cancelled"))


def _progress(world: World, lease: Lease, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    if answer:
        yield from _own(world, lease.run_id, lease.attempt, HELD, HELD)


def _renew(world: World, leases: list[Lease], args: tuple[Any, ...], answer: int) -> Iterator[str]:
    rows = [(lease, world.before.get(lease.run_id)) for lease in leases]
    own = sum(
        row is not None and (row.attempt, row.state) == (lease.attempt, "running") for lease, row in rows
    )
    if answer != own:
        yield f"{answer} leases were reported as renewed, but {own} were valid"


def _reaped(world: World, run: Any, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    if not answer:
        return
    yield from _own(world, run.pk, run.attempt, HELD, ("failed", "cancelled"))
    before = world.before.get(run.pk)
    if before is not None and before.lease and before.lease >= world.store.now:
        yield f"run {run.pk} was reaped {before.lease}, at {world.store.now}"


def _cancelled(world: World, run: Any, args: tuple[Any, ...], answer: Any) -> Iterator[str]:
    if answer:
        yield from _own(world, run.pk, run.attempt, ("queued", "claimed"), ("cancelled",))
    else:
        yield from _own(world, run.pk, run.attempt, ("running",), ("running",))
        if world.rows[run.pk].cancel_requested is None:
            yield f"run {run.pk} has no cancel request"


HOLDERS = {
    "finish": _finish,
    "begin": _begin,
    "park": _park,
    "abandon": _abandon,
    "record_progress": _progress,
    "renew": _renew,
    "_reap_one": _reaped,
    "cancel": _cancelled,
}
