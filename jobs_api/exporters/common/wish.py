"""What somebody wants exported: the options of `jobs_export`, checked, and the export that they lead to."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase

from jobs_api.exporters import Exporter, all_exporters
from jobs_api.exporters.common import base_url
from jobs_api.exporters.common.every import NONE, STEPS, minutes_of, text_of
from jobs_api.exporters.common.exporter import COMMAND
from jobs_api.exporters.common.faults import BadOption
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.planning import make_plan
from jobs_api.registry.job import Job
from jobs_api.text import visible

PATH = re.compile(r"(/[^\\]*)?")
PLAIN = {
    "user": (re.compile(r"([A-Za-z_][\w.-]*\$?|\d+)?", re.ASCII), "the name of a user"),
    "prefix": (re.compile(r"([A-Za-z0-9_][\w.@-]*)?", re.ASCII), "letters, digits and ._@- only"),
}
"""Settings that become columns, names of files and parts of units, by their names."""
USUAL = 5
"""Minutes between two calls of run-due."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """The options as they were typed; None and empty: not given."""

    platform: str
    base_url: str | None = None
    only: Sequence[str] = ()
    run_due_every: str | None = None
    run_due_alone: bool = False
    form: str | None = None
    settings: Sequence[str] = ()
    """Each as NAME=VALUE."""

    def command_line(self) -> str:
        """What to type for the same export; it says nothing of where the text goes."""
        return f"manage.py jobs_export {self.platform} {shlex.join(self._options())}".rstrip()

    def _options(self) -> Iterator[str]:
        yield from ("--form", self.form) if self.form else ()
        yield from ("--base-url", self.base_url) if self.base_url else ()
        yield from (word for glob in self.only for word in ("--only", glob))
        yield from ("--run-due-every", self.run_due_every) if self.run_due_every else ()
        yield from ("--run-due-alone",) if self.run_due_alone else ()
        yield from (word for setting in self.settings for word in ("--set", setting))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Export:
    """What is written for one platform."""

    exporter: Exporter
    plan: Plan
    text: str
    command_line: str


def exporter(platform: str) -> Exporter:
    """The exporter of a platform.

    Raises:
        BadOption: there is none; the nearest names are named.
    """
    known = all_exporters()
    if platform in known:
        return known[platform]
    raise BadOption(f"There is no platform {platform!r:.60}. {_near(platform, known)} See --list.")


def export(wish: Wish, jobs: Iterable[Job], *, mount: str | None, now: datetime) -> Export:
    """The text for a platform, from the jobs that are declared.

    Args:
        mount: see `base_url.checked`.

    Raises:
        BadOption: an option cannot be used, or nothing is left to export.
    """
    target = exporter(wish.platform)
    form = _form(target, wish.form)
    address = "" if form == COMMAND else base_url.checked(wish.base_url, mount)
    wish = dataclasses.replace(wish, base_url=address or None)
    plan = make_plan(
        target,
        _chosen(list(jobs), wish),
        form=form,
        base_url=address,
        run_due_every=_run_due_every(target, wish),
        settings=_settings(target, wish),
        now=now,
        source=wish.platform,
        written_by=wish.command_line(),
    )
    if not plan.entries:
        raise BadOption(_nothing(plan))
    return Export(exporter=target, plan=plan, text=target.render(plan), command_line=plan.written_by)


def _nothing(plan: Plan) -> str:
    if plan.refused:
        first = plan.refused[0]
        return f"Nothing is left to export. {first.job.name}: {first.reason} Leave out --run-due-every none."
    return "Nothing is left to export: no job has a schedule, and --run-due-every none leaves run-due out."


def _form(target: Exporter, wanted: str | None) -> str:
    form = wanted or target.forms[0]
    if form not in target.forms:
        raise BadOption(f"--form: {target.title} has only {' and '.join(target.forms)}, not {form!r:.40}.")
    return form


def _chosen(jobs: list[Job], wish: Wish) -> list[Job]:
    """The jobs that `--only` names, all without it; none with `--run-due-alone`."""
    names = [job.name for job in jobs]
    for glob in wish.only:
        _require_line(glob, "--only")
        if not any(fnmatchcase(name, glob) for name in names):
            raise BadOption(f"--only: no job is called {glob!r:.120}. {_near(glob, names)}")
    if wish.run_due_alone:
        return []
    globs = wish.only or ["*"]
    return [job for job in jobs if any(fnmatchcase(job.name, glob) for glob in globs)]


def _run_due_every(target: Exporter, wish: Wish) -> int | None:
    """Minutes: what was wished, else five, or as often as the platform calls where that is more seldom."""
    floor = target.dialect.floor
    if wish.run_due_every is None:
        return next(step for step in STEPS if step >= max(USUAL, floor))
    minutes = minutes_of(wish.run_due_every)
    if minutes is not None and minutes < floor:
        least = text_of(next(step for step in STEPS if step >= floor))
        raise BadOption(f"--run-due-every: {target.title} calls every {least} at most: write {least}.")
    if minutes is None and wish.run_due_alone:
        raise BadOption(f"--run-due-alone and --run-due-every {NONE} leave nothing: write one of them.")
    return minutes


def _settings(target: Exporter, wish: Wish) -> dict[str, str]:
    given = {}
    for text in wish.settings:
        name, equals, value = text.partition("=")
        if name not in target.settings:
            raise BadOption(f"--set: {target.title} has no setting {name!r:.60}. {_known(target, name)}")
        if not equals:
            raise BadOption(f"--set {name}: write {name}=VALUE.")
        _require_line(value, f"--set {name}")
        if target.settings[name].default.startswith("/") and not PATH.fullmatch(value):
            raise BadOption(f"--set {name}: write an absolute path, without backslashes.")
        if name in PLAIN and not PLAIN[name][0].fullmatch(value):
            raise BadOption(f"--set {name}: write {PLAIN[name][1]}.")
        given[name] = value
    return given


def _require_line(value: str, option: str) -> None:
    """Options stand in a comment of the export, which a newline would end."""
    if visible(value) != value or "\n" in value:
        raise BadOption(f"{option}: the value must be one line that can be printed.")


def _known(target: Exporter, name: str) -> str:
    return _near(name, target.settings) if target.settings else "It has none."


def _near(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(map(repr, near))}?"
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"There are: {shown or 'none'}."
