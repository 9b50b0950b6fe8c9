"""Print a jobs.py from the schedules of another scheduler: crontab, Celery beat, Kubernetes and the like."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from jobs_api.importers import Importer, all_importers
from jobs_api.importers.common import imported
from jobs_api.importers.common.entry import Unreadable
from jobs_api.importers.common.importer import LARGEST, Source
from jobs_api.management import base
from jobs_api.schedule.slots import BadSchedule, Schedule

EMPTY = "nothing is imported. If a command should have written it, was it run as the right user?"
"""`crontab -l` of another user writes nothing, and a jobs.py without jobs would look as if it had worked."""


class Command(base.JobsCommand):
    """manage.py jobs_import SOURCE [FILE]"""

    bounded = False
    help = (
        "Print a jobs.py from the schedules of another scheduler. Nothing that the file says is run. "
        "What cannot be carried over stands in a comment, with the reason."
    )
    examples = (
        "--list",
        "crontab mycrontab --timezone Europe/Berlin",
        "crontab /etc/cron.d/shop --output shop/jobs.py",
        "celery-beat --app shop.celery:app",
        "kubernetes cronjobs.yaml",
    )
    statuses = {0: "done; the last line on stderr says how much was not carried over"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="SOURCE", nargs="?", help="what to read; --list shows all")
        parser.add_argument("file", metavar="FILE", nargs="?", help="the file; - is standard input")
        parser.add_argument("--list", action="store_true", help="list the sources")
        parser.add_argument("--output", metavar="FILE", help="write to FILE; an existing one is refused")
        parser.add_argument(
            "--timezone", metavar="ZONE", help="of the machine, where the source does not name its zone"
        )
        parser.add_argument(
            "--system", action="store_true", help="a crontab with a column for the user, as in /etc/cron.d"
        )
        parser.add_argument(
            "--app",
            metavar="MODULE:NAME",
            default="",
            help="the project's Celery app, or its APScheduler",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, print, and say how much was not carried over."""
        if options["list"]:
            self._list(options)
            return
        name, importer = _importer(options["name"])
        try:
            result = imported.run(name, importer, _source(importer, options))
        except Unreadable as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.show(options, result.as_json)
        elif options["output"]:
            _write(Path(options["output"]), result.text)
        else:
            self.stdout.write(result.text, ending="")
        self.stderr.write(result.summary)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [(name, importer.title, importer.example) for name, importer in all_importers().items()]
        payload = [{"source": name, "reads": title, "example": example} for name, title, example in rows]
        self.show(options, payload, self.table(("source", "reads"), [row[:2] for row in rows]))


def _importer(name: str | None) -> tuple[str, Importer]:
    importers = all_importers()
    if name not in importers:
        told = "Name a source" if name is None else f"There is no source {name!r}"
        raise CommandError(f"{told}. There are: {', '.join(importers)}.")
    return name, importers[name]


def _source(importer: Importer, options: dict[str, Any]) -> Source:
    _require_zone(options["timezone"])
    path = options["file"]
    if importer.reads_file and path is None:
        raise CommandError("Name the file to read; - is standard input.")
    if not importer.reads_file and path is not None:
        raise CommandError("This source is read from the project itself: it takes no FILE.")
    text = _text(path) if importer.reads_file else ""
    return Source(
        text=text,
        path="" if path in (None, "-") else str(Path(path).absolute()),
        timezone=options["timezone"],
        system=options["system"],
        app=options["app"],
        settings=settings,
    )


def _require_zone(name: str | None) -> None:
    try:
        Schedule.parse(None, name or "UTC")
    except BadSchedule as error:
        raise CommandError(str(error)) from None


def _text(path: str) -> str:
    """The file's text. What is not UTF-8 is carried along, and refused as a value of a job."""
    try:
        data = _standard_input() if path == "-" else _bytes(Path(path))
    except IsADirectoryError:
        raise CommandError(f"{path} is a folder: name a file, or pipe all of them into FILE `-`.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not data.strip():
        raise CommandError(f"{'Standard input' if path == '-' else path} is empty: {EMPTY}")
    if len(data) > LARGEST:
        raise CommandError(f"The file is larger than {LARGEST // 1024 // 1024} MiB: split it.")
    return data.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")


def _standard_input() -> bytes:
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read(LARGEST).encode() if binary is None else bytes(binary.read(LARGEST + 1))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CommandError(f"{path} exists: name another file, and merge the two by hand.") from None
    except FileNotFoundError:
        raise CommandError(f"{path} cannot be written: the folder {path.parent} does not exist.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from None
