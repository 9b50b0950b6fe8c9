"""Call a dotted callable: a function, a method, a task of Celery's. `Job(call=...)` runs it, too."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs_api.arguments.calling import CallValues, call
from jobs_api.management import base

NAMED = re.compile(r"([^\W\d]\w*)=(.*)", re.DOTALL)
PLAIN = (str, int, float, Decimal, date, time, timedelta, UUID, bytes, tuple, list, dict, set, frozenset)
"""What is printed where it is returned. To print what is lazy could ask a database, and fail."""
LONGEST = 1000


class Command(base.JobsCommand):
    """manage.py jobs_call PATH [ARG...] [NAME=VALUE...]"""

    help = (
        "Call a function, a method or a task of Celery's by its dotted path, and print what it returns. "
        "A value that is JSON (7, true, null, [1, 2]) is read as JSON; any other is text."
    )
    examples = (
        "shop.tasks.tidy",
        "shop.tasks.tidy 30 dry_run=true",
        """shop.tasks.tidy --kwargs '{"zip": "0123"}'""",
    )
    statuses = {
        0: "it returned, whatever it returned",
        1: "it raised, as the traceback shows; or there is nothing to call, and the line on stderr tells why",
        75: "only if what was called exits with it; so with every other status",
    }
    stealth_options = ("values",)
    """A `CallValues`, from a job: it is not read from a command line."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("path", help="a module and a name in it: shop.tasks.tidy, shop.cron.Tidy.do")
        what = "what it is called with"
        parser.add_argument("words", nargs="*", default=[], metavar="ARG|NAME=VALUE", help=what)
        parser.add_argument("--kwargs", metavar="JSON", help="named values, as a JSON object")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it. What is called is the host's: its time is its own, and its errors are shown as they are."""
        return BaseCommand.execute(self, *args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Call it, and print what it returned."""
        values = options.get("values")
        if values is None:
            values = CallValues(*_read(options["words"], options["kwargs"]))
        returned = shown(call(options["path"], values))
        if options["json"]:
            self.show(options, {"call": options["path"], "returned": returned})
        elif returned is not None:
            self.stdout.write(returned)


def shown(returned: Any) -> str | None:
    """What is printed of a value that was returned; None for nothing."""
    if not isinstance(returned, PLAIN):
        return None
    try:
        return returned if isinstance(returned, str) else f"{returned!r:.{LONGEST}}"
    except Exception:  # noqa: BLE001 - what is inside is not ours, and the work is done
        return None


def _read(words: Sequence[str], kwargs: str | None) -> tuple[list[Any], dict[str, Any]]:
    """Values from a command line, by position and by name."""
    matches = [(word, NAMED.fullmatch(word)) for word in words]
    named = [*_object(kwargs).items(), *((match[1], value_of(match[2])) for _, match in matches if match)]
    names = [name for name, _ in named]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CommandError(f"{twice!r} is given twice; keep one.")
    return [value_of(word) for word, match in matches if not match], dict(named)


def value_of(text: str) -> Any:
    """JSON if it is JSON, else the text itself."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _object(text: str | None) -> dict[str, Any]:
    found = {} if text is None else value_of(text)
    if not isinstance(found, dict):
        raise CommandError("--kwargs must be a JSON object such as '{\"days\": 7}'.")
    return found
