"""A command made with django-typer."""

from __future__ import annotations

import enum
import logging
import sys
from typing import Annotated

import typer
from django.core.management import CommandError
from django_typer.management import TyperCommand


class Mode(enum.Enum):
    """A choice."""

    FAST = "fast"
    SLOW = "slow"


def even(value: int | None) -> int | None:
    """A callback that refuses and changes a value."""
    if value is not None and value % 2:
        raise typer.BadParameter(f"{value} is odd")
    return value if value is None else value * 10


class Command(TyperCommand):
    """Shows what it got, everywhere."""

    help = "Shows what it got."

    def handle(
        self,
        names: Annotated[list[str] | None, typer.Argument()] = None,
        days: int = 7,
        mode: Mode = Mode.FAST,
        size: Annotated[int | None, typer.Option(callback=even)] = None,
        tags: Annotated[list[str] | None, typer.Option("--tag")] = None,
        delete: bool = False,
        end: str = "",
    ) -> str:
        """Shows what it got."""
        got = {"names": tuple(names or ()), "days": days, "mode": mode.value, "size": size}
        typer.echo(f"echoed {got | {'tags': tuple(tags or ()), 'delete': delete}!r}")
        self.stdout.write("written")
        typer.echo("complained", err=True)
        print("printed")
        logging.getLogger("toys").warning("logged")
        endings(end)
        return "returned"


def endings(end: str) -> None:
    """End as a command of typer may."""
    if end == "abort":
        raise typer.Abort
    if end in ("usage", "failure"):
        raise typer.BadParameter("not like this" if end == "usage" else "no stock")
    if end == "error":
        raise ValueError("mine")
    if end.startswith("exit"):
        raise typer.Exit(int(end[4:]))
    if end.startswith("sys"):
        sys.exit(int(end[3:]))
    if end == "django":
        raise CommandError("as Django does it")
