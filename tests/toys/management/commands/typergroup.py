"""Commands in a group, made with django-typer."""

from __future__ import annotations

from typing import Annotated

import typer
from django_typer.management import TyperCommand, command, initialize


class Command(TyperCommand):
    """Has subcommands."""

    @initialize()
    def init(self, loud: bool = False) -> None:
        """Remembers."""
        self.loud = loud

    @command()
    def create(self, name: str, size: Annotated[int, typer.Option()], limit: int | None = None) -> None:
        """Creates."""
        self.stdout.write(f"created {name!r} {size!r} {limit!r} {self.loud!r}")

    @command()
    def delete(self, everything: Annotated[bool, typer.Option(prompt=True)]) -> None:
        """Deletes."""
        self.stdout.write(f"deleted {everything!r}")
