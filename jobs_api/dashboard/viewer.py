"""Who looks at a page, and how: the zone of its times, the theme, what they may do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from jobs_api.schedule.zones import zone as zone_of

VIEW, OPERATE = "jobs_api.view_jobrun", "jobs_api.operate_jobrun"
AUDIT = "jobs_api.view_auditentry"
"""To see who did what, on top of the first; in Django's admin, too."""
ZONE_COOKIE, THEME_COOKIE, KEYS_COOKIE = "jobs_tz", "jobs_theme", "jobs_keys"
THEMES = ("auto", "light", "dark")


@dataclasses.dataclass(frozen=True, slots=True)
class Viewer:
    """What a page knows of the person before it."""

    name: str
    may_operate: bool
    zone: ZoneInfo
    """Of all times that are shown."""
    zone_is_chosen: bool
    """Whether the address or a cookie names it; otherwise the page asks the browser for its zone."""
    theme: str
    """ "auto", "light" or "dark"."""
    keys: bool
    """Whether single keys are shortcuts."""
    at: datetime
    """When the page is made, by the database's clock."""
    may_see_audit: bool = False

    @classmethod
    def of(cls, request: HttpRequest, at: datetime) -> Viewer:
        """From the request of somebody who may look."""
        user: Any = request.user
        cookies = request.COOKIES
        chosen = known_zone(request.GET.get("tz", "")) or known_zone(cookies.get(ZONE_COOKIE, ""))
        theme = cookies.get(THEME_COOKIE, "")
        return cls(
            name=str(user.get_username()),
            may_operate=user.has_perm(OPERATE),
            may_see_audit=user.has_perm(AUDIT),
            zone=chosen or zone_of(settings.TIME_ZONE),
            zone_is_chosen=chosen is not None,
            theme=theme if theme in THEMES else "auto",
            keys=cookies.get(KEYS_COOKIE) != "off",
            at=at,
        )

    def local(self, instant: datetime) -> datetime:
        """The instant in the viewer's zone."""
        return instant.astimezone(self.zone)


def may(user: Any, permissions: Sequence[str]) -> bool:
    """Whether somebody is on the staff and has the permissions; the users of a host may know neither."""
    on_staff = user.is_active and getattr(user, "is_staff", False)
    return bool(on_staff and hasattr(user, "has_perm") and all(map(user.has_perm, permissions)))


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None if there is none: an address may say anything."""
    if not name or len(name) > 64:
        return None
    try:
        return zone_of(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder
        return None


def viewer_of(request: HttpRequest) -> Viewer:
    """Who looks; `access` has found out before the view was called."""
    viewer: Viewer = request.jobs_viewer  # type: ignore[attr-defined]
    return viewer
