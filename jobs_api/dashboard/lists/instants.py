"""Times in an address: as a form sends them, in the viewer's zone, or as a person writes them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from jobs_api.dashboard.viewer import Viewer
from jobs_api.exceptions import BadInput
from jobs_api.schedule.written_time import written_before


class Written(NamedTuple):
    """A time that somebody gave."""

    instant: datetime | None = None
    """None: there is none, or it cannot be read."""
    field: str = ""
    """As a field of a form shows it: on the clock of the viewer's zone."""
    error: str = ""
    """Why it cannot be read."""


def read(text: str, viewer: Viewer) -> Written:
    """A time, a day, an instant with its offset, or how long ago: ``7d``."""
    if not text:
        return Written()
    try:
        instant = written_before(text, str(viewer.zone), "time", viewer.at)
    except BadInput:
        told = _("“%(text)s” is no time. Write 2026-12-01T06:00, a day, or how long ago: 90m, 2h, 7d.")
        return Written(error=told % {"text": text[:60]})
    return Written(instant, viewer.local(instant).strftime("%Y-%m-%dT%H:%M"))
