"""Write the schedule of another platform from the declared jobs, or check that what it has is up to date."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.urls import NoReverseMatch, reverse

from jobs_api import clock, registry
from jobs_api.exporters import Exporter, all_exporters
from jobs_api.exporters.common import destination, wish
from jobs_api.exporters.common.comments import PURPOSE, origin
from jobs_api.exporters.common.difference import difference, without_secrets
from jobs_api.exporters.common.faults import BadOption
from jobs_api.exporters.common.members import without_others
from jobs_api.exporters.common.wish import Export, Wish
from jobs_api.management import base
from jobs_api.registry import discovery
from jobs_api.text import visible

PLATFORMS = ("platform", "title", "forms", "zones", "file")
SETTINGS = ("setting", "default", "help")
LIVE = "/health/live"


class Command(base.JobsCommand):
    """manage.py jobs_export PLATFORM"""

    help = (
        "Write the schedule of another platform from the declared jobs: a crontab, a workflow, a template. "
        "--list names the platforms; with a PLATFORM, its settings. --check compares a file with it."
    )
    examples = (
        "--list",
        "crontab --base-url https://shop.example.com/api --output deploy/crontab",
        "crontab --base-url https://shop.example.com/api --check deploy/crontab",
        "kubernetes --base-url https://shop.example.com --only 'report_*' --run-due-every 10m",
        "systemd --form command --set directory=/srv/shop",
    )
    statuses = {
        1: "a job cannot be exported and run-due is not, the checked file differs, or an option is wrong"
    }

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("platform", nargs="?", help="as --list names it")
        parser.add_argument("--list", action="store_true", help="what there is to export to")
        parser.add_argument("--base-url", help="the address of this project: https://shop.example.com/api")
        parser.add_argument(
            "--only", action="append", default=[], metavar="GLOB", help="only jobs of that name; repeatable"
        )
        parser.add_argument(
            "--run-due-every", metavar="TIME", help="how often run-due is called: 5m (default), 1h, 1d; none"
        )
        parser.add_argument("--run-due-alone", action="store_true", help="run-due only, no entry per job")
        parser.add_argument("--form", help="http: the URL is called; command: manage.py is run")
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of that platform"
        )
        target = parser.add_mutually_exclusive_group()
        target.add_argument("--check", metavar="FILE", help="compare FILE with it (-: standard input)")
        target.add_argument("--output", metavar="FILE", default="-", help="write it there (-: print it)")
        parser.add_argument("--force", action="store_true", help="replace a file that we did not write")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, print, write or compare."""
        with _bad_options():
            if options["list"] or options["platform"] is None:
                self._list(options)
            else:
                self._export(options)

    def _export(self, options: dict[str, Any]) -> None:
        with base.refusals():
            discovery.require_sound()  # no schedule should leave a job out in silence
        made = wish.export(_wish(options), registry.jobs(), mount=_mount(), now=clock.host())
        if options["check"] is not None:
            self._check(options, made)
        else:
            self._write(options, made)
        self._refused(made)

    def _list(self, options: dict[str, Any]) -> None:
        if options["platform"] is not None:
            settings = wish.exporter(options["platform"]).settings
            lines = [(name, item.default, item.help) for name, item in settings.items()]
            told = "\n".join(f"{name}={default}\n    {text}" for name, default, text in lines)
            payload = [dict(zip(SETTINGS, line, strict=True)) for line in lines]
            self.show(options, payload, told or "It has no settings.")
        else:
            platforms = [_line(name, exporter) for name, exporter in all_exporters().items()]
            payload = [dict(zip(PLATFORMS, line, strict=True)) for line in platforms]
            self.show(options, payload, self.table(PLATFORMS, platforms, ("file", "zones")))

    def _check(self, options: dict[str, Any], made: Export) -> None:
        name = options["check"]
        there = destination.read(name, made.text, made.exporter)
        if there is None:
            raise CommandError(f"{name} does not exist. {_remedy(made, name)}")
        called = "standard input" if name == "-" else name
        part = there if made.exporter.comment else without_others(there, made.text)
        lines = difference(part, made.text, called)
        equal = not lines
        self.show(options, {"equal": equal, "difference": lines}, *(lines or [f"{called} is up to date."]))
        if not equal:
            self.stderr.write(
                _other_origin(made, there, called) or _merged(made, there, called) or _remedy(made, name)
            )
            sys.exit(1)

    def _write(self, options: dict[str, Any], made: Export) -> None:
        if options["output"] != destination.STANDARD:
            destination.write(options["output"], made.text, made.exporter, force=options["force"])
            parts = [f"{options['output']}: {_told(made)}."]
            if made.exporter.file.endswith("/") or not made.exporter.comment:  # no file says it
                parts += made.exporter.how_to_apply(made.plan).splitlines()
            self.show(options, _members(options, made), *parts)
        elif options["json"]:
            self.show(options, _members(options, made))
        else:
            self.stdout.raw(made.text, ending="")

    def _refused(self, made: Export) -> None:
        """Name what is not exported; run-due, if it is, starts it."""
        served = made.plan.run_due_every is not None
        reasons: dict[str, list[str]] = {}
        for refusal in made.plan.refused:
            reasons.setdefault(refusal.reason, []).append(refusal.job.name)
        for reason, names in reasons.items():
            self.stderr.write(f"Not exported to {made.exporter.title}: {', '.join(names)}. {reason}")
        if made.plan.refused and not served:
            self.stderr.write("Nobody starts them: leave out --run-due-every none.")
            sys.exit(1)


def _line(name: str, exporter: Exporter) -> tuple[str, ...]:
    dialect = exporter.dialect
    zones = "zones" if dialect.zones else "UTC or one" if dialect.local else "UTC"
    zones = zones if dialect.cron else "run-due only"
    return (name, exporter.title, ", ".join(exporter.forms), zones, exporter.file)


def _told(made: Export) -> str:
    jobs = sum(entry.job is not None for entry in made.plan.entries)
    run_due = "" if made.plan.run_due_every is None else " and run-due"
    return f"{jobs} {'job' if jobs == 1 else 'jobs'}{run_due}"


def _remedy(made: Export, name: str) -> str:
    file = made.exporter.file if name == destination.STANDARD else name
    return f"Write it with: {made.command_line} --output {shlex.quote(file)}"


def _other_origin(made: Export, there: str, name: str) -> str:
    """What to type where a file was written with other options; empty if it was not, or does not tell.

    To write it anew with these options would lose what those meant, or be the file of another platform.
    """
    title, command = origin(there)
    if not command or (title, command) == (made.exporter.title, made.command_line):
        return ""
    said = visible(without_secrets(command))
    return (
        f"{name} was written by: {said}. Compare it with the same options, or write it anew with other ones."
    )


def _merged(made: Export, there: str, name: str) -> str:
    """What to do where a file may hold more than our export; empty if it is ours.

    To write it anew would need --force, and lose what else is in it.
    """
    if made.text.strip() in there and made.text.strip() != there.strip():
        return f"{name} holds the whole export, and other lines beside it: keep them apart to compare it."
    if PURPOSE in there or not there.strip():
        return ""
    if PURPOSE not in made.text:
        return f"Put what differs into {name} by hand, because it may hold keys of yours."
    return (
        f"{name} is not what jobs_export wrote. If it holds more than the export, keep the export in a file "
        f"of its own, compare that one, and copy from it: {made.command_line} --output OTHER_FILE"
    )


def _members(options: dict[str, Any], made: Export) -> dict[str, Any]:
    plan = made.plan
    return {
        "platform": options["platform"],
        "form": plan.form,
        "file": made.exporter.file,
        "entries": [
            {"name": entry.name, "lines": entry.lines, "timezone": entry.timezone} for entry in plan.entries
        ],
        "refused": [{"job": refusal.job.name, "reason": refusal.reason} for refusal in plan.refused],
        "on_demand": plan.on_demand,
        "text": made.text,
    }


def _wish(options: dict[str, Any]) -> Wish:
    names = ("platform", "base_url", "only", "run_due_every", "run_due_alone", "form")
    return Wish(settings=options["set"], **{name: options[name] for name in names})


def _mount() -> str | None:
    """The path under which this project has our URLs; None if it is not found."""
    try:
        return reverse("jobs_api:live").removesuffix(LIVE)
    except NoReverseMatch:
        return None


@contextmanager
def _bad_options() -> Iterator[None]:
    try:
        yield
    except BadOption as error:
        raise CommandError(str(error)) from None
