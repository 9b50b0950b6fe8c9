"""The small plots of a row as SVG. A page has a hundred of each: a template would take most of its time."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jobs_api.dashboard.plots.bullet import Bullet
from jobs_api.dashboard.plots.strip import Strip


@lru_cache(maxsize=2048)
def strip_svg(strip: Strip) -> SafeString:
    """The last slots of a job. Remembered: strips of jobs that are well are all alike."""
    marks = (f'<use href="#s-{mark.state}" x="{mark.x}" width="6" height="24"/>' for mark in strip.marks)
    well = f'<path class="s-ok well" d="{strip.well}"/>' if strip.well else ""
    return _svg("strip", strip.width, 24, strip.label, well, *marks)


@lru_cache(maxsize=2048)
def bullet_svg(bullet: Bullet | None) -> SafeString:
    """The duration of its newest attempt against what is usual."""
    if bullet is None:
        return SafeString()
    return _svg(
        "bullet",
        bullet.width,
        16,
        bullet.label,
        f"<title>{escape(bullet.label)}</title>",
        f'<line class="s-line" x1="0" y1="8" x2="{bullet.width}" y2="8"/>',
        f'<rect class="band" x="{bullet.band}" y="3" width="{bullet.band_width}" height="10" rx="1"/>',
        f'<line class="s-muted" x1="{bullet.tick}" y1="2" x2="{bullet.tick}" y2="14" stroke-width="1.5"/>',
        f'<use href="#b-{bullet.kind}" x="{bullet.mark}" y="8"/>',
    )


def _svg(name: str, width: int, height: int, label: str, *inside: str) -> SafeString:
    """Numbers, and names of ours; the label is text."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    start = f'<svg class="{name}" {size} role="img" aria-label="{escape(label)}">'
    return mark_safe(f"{start}{''.join(inside)}</svg>")  # noqa: S308 - texts are escaped
