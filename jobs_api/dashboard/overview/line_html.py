"""The first line of a job in the table. A page has a hundred: a template would take a quarter of its time."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from jobs_api.dashboard import elements, times
from jobs_api.dashboard.overview.drawn import bullet_svg, strip_svg
from jobs_api.dashboard.overview.rows import Row
from jobs_api.dashboard.viewer import Viewer


def line_html(row: Row, viewer: Viewer) -> SafeString:
    """The `<tr>`; every text in it is escaped."""
    name, more = escape(row.line.name), " with-why" if row.why else ""
    start = f'<tr role="row" id="job-{name}" class="job{more}" data-row data-rev="{row.rev}">'
    inside = "\n".join([start, *_cells(row, viewer)])
    return mark_safe(f"{inside}\n</tr>")  # noqa: S308


def _cells(row: Row, viewer: Viewer) -> Iterator[str]:
    line, job, name, url = row.line, row.line.report.job, escape(row.line.name), escape(row.url)
    due = escape(f"{job.schedule or ''} {job.slots.timezone}")
    took = f'<span class="took">{times.span(line.seconds)}</span>'
    if viewer.may_operate:
        box = f'name="job" value="{name}" data-select data-keep aria-label="{escape(row.select)}"'
        yield _cell("c-check", f'<input type="checkbox" form="bulk" {box}>')
    yield _cell("c-state", elements.state(line.state, kind="state"))
    yield f'<th role="rowheader" scope="row" class="c-job"><a href="{url}" data-open>{name}</a></th>'
    yield f'<td role="cell" class="c-schedule muted" title="{due}">{escape(row.schedule)}</td>'
    yield _cell("c-strip", f'<a href="{url}" tabindex="-1">{strip_svg(row.strip)}</a>')
    yield _cell("c-next", _next(row, viewer))
    yield _cell("c-last", f'<span class="last">{took}{bullet_svg(row.bullet)}</span>')
    yield _cell("c-source", escape(row.source))
    yield _cell("c-owner muted", escape(job.owner))
    yield _cell("c-tag", "".join(map(_tag, row.tags)))


def _cell(classes: str, inside: str) -> str:
    return f'<td role="cell" class="{classes}">{inside}</td>'


def _next(row: Row, viewer: Viewer) -> str:
    """When it is due next, or why nobody knows."""
    report = row.line.report
    if report.paused:
        ends = report.last_pause is not None and report.last_pause.until is not None
        text = _("after its pause") if ends else _("when resumed")
    elif report.next_run_date is not None:
        return elements.countdown(report.next_run_date, viewer, report.job.slots.zone)
    else:
        text = _("on demand")
    return f'<span class="muted">{escape(text)}</span>'


def _tag(tag: tuple[str, str]) -> str:
    name, url = map(escape, tag)
    return f'<a class="tag" href="{url}">{name}</a> '
