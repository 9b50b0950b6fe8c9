"""A command made with django-click."""

from __future__ import annotations

import logging
import sys

import click
import djclick


def even(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    """A callback that refuses and changes a value."""
    if value is not None and value % 2:
        raise click.BadParameter(f"{value} is odd")
    return value if value is None else value * 10


@djclick.command()
@click.argument("names", nargs=-1)
@click.option("--days", "-d", type=int, default=7)
@click.option("--mode", type=click.Choice(["fast", "slow"]), default="fast")
@click.option("--size", type=int, callback=even)
@click.option("--tag", "tags", multiple=True)
@click.option("--delete", is_flag=True)
@click.option("--end", default="")
def command(**options: object) -> None:
    """Shows what it got, everywhere."""
    end = options.pop("end")
    click.echo(f"echoed {options!r}")
    click.echo("complained", err=True)
    print("printed")
    logging.getLogger("toys").warning("logged")
    endings(str(end))


def endings(end: str) -> None:
    """End as a command of click may."""
    if end == "abort":
        raise click.Abort
    if end == "usage":
        raise click.UsageError("not like this")
    if end == "failure":
        raise click.ClickException("no stock")
    if end == "error":
        raise ValueError("mine")
    if end.startswith("exit"):
        click.get_current_context().exit(int(end[4:]))
    if end.startswith("sys"):
        sys.exit(int(end[3:]))
    if end == "django":
        from django.core.management import CommandError

        raise CommandError("as Django does it")
