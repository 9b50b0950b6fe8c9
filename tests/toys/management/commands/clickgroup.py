"""Commands in a group, made with django-click."""

from __future__ import annotations

import click
import djclick


@djclick.group()
@click.option("--loud", is_flag=True)
@click.pass_context
def command(context: click.Context, loud: bool) -> None:
    """Has subcommands."""
    context.obj = loud


@command.command()
@click.argument("name")
@click.option("--size", type=int, required=True)
@click.option("--limit", type=int)
@click.pass_obj
def create(loud: bool, name: str, size: int, limit: int | None) -> None:
    """Creates."""
    click.echo(f"created {name!r} {size!r} {limit!r} {loud!r}")


@command.command()
@click.option("--everything", is_flag=True, prompt=True)
def delete(everything: bool) -> None:
    """Deletes."""
    click.echo(f"deleted {everything!r}")
