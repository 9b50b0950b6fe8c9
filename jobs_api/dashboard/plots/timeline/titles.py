"""The window in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.timeline.window import Window


def title(window: Window) -> str:
    """ "Wed 25 Nov 20:00 to Fri 27 Nov 09:00"; the year where it is another one than now."""
    start, end, now = (each.astimezone(window.zone) for each in (window.start, window.end, window.at))
    first = _told(start, with_year=start.year != now.year)
    same = start.date() == end.date()
    last = end.strftime("%H:%M") if same else _told(end, with_year=end.year != now.year)
    return _("%(start)s to %(end)s") % {"start": first, "end": last}


def _told(local: datetime, *, with_year: bool) -> str:
    return f"{times.written(local, 'D j M Y' if with_year else 'D j M')} {local.strftime('%H:%M')}"
