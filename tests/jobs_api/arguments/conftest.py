"""Commands made on the spot, by what they add to their parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import get_commands
from django.core.management.base import BaseCommand

OURS = ("stdout", "stderr", "skip_checks")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """``command(lambda parser: ...)`` makes the command "argued"; returns what each call of it has got."""

    def make(add: Callable[[Any], Any] = lambda parser: None, **fields: Any) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def handle(self: Any, *args: Any, **options: Any) -> None:
            got = {name: value for name, value in options.items() if name not in OURS}
            calls.append({**got, "args": list(args)} if args else got)

        made = {"handle": handle, "add_arguments": lambda self, parser: add(parser), **fields}
        monkeypatch.setitem(get_commands(), "argued", type("Command", (BaseCommand,), made)())
        return calls

    return make


@pytest.fixture
def typed() -> Callable[..., dict[str, Any]]:
    """``typed("--days", "7")``: what the command "argued" gets from this command line."""

    def read(*argv: str) -> dict[str, Any]:
        parser = get_commands()["argued"].create_parser("manage.py", "argued")  # type: ignore[attr-defined]
        got = vars(parser.parse_args(list(argv)))
        return {name: value for name, value in got.items() if name not in OURS}

    return read
