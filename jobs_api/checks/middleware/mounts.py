"""Where the host has mounted our URLs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from django.urls import LocalePrefixPattern, Resolver404, URLResolver, get_resolver
from django.utils.regex_helper import normalize

SAMPLES = ("a", "1", "00000000-0000-4000-8000-000000000000", "2026", "en", "a/a")
"""Values for what the host captures from the path, such as a tenant: the first that fits is taken."""
OURS = "jobs_api"
MOST = 3
"""How many mounts are looked at."""


@dataclasses.dataclass(frozen=True)
class Mount:
    """One place of our URLs."""

    prefix: str
    """The path before our own parts, with a slash at both ends."""
    bare: str | None = None
    """The same without the language, if it begins with one."""


def mounts(urlconf: Any) -> list[Mount]:
    """The mounts that this URLconf resolves, each once; none if it does not include us.

    One whose prefix captures something for which no sample fits is left out.
    """
    resolver = get_resolver(urlconf)
    found = {mount: None for places in _trails(resolver, []) for mount in _readable(resolver, places)}
    return list(found)[:MOST]


def _trails(resolver: URLResolver, above: list[URLResolver]) -> Iterator[list[URLResolver]]:
    """The resolvers from the root's children down to each include of ours."""
    for inner in resolver.url_patterns:
        if isinstance(inner, URLResolver):
            trail = [*above, inner]
            if inner.app_name == OURS:
                yield trail
            else:
                yield from _trails(inner, trail)


def _readable(resolver: URLResolver, trail: list[URLResolver]) -> Iterator[Mount]:
    prefix = _path(trail)
    bare = _path([each for each in trail if not isinstance(each.pattern, LocalePrefixPattern)])
    for sample in SAMPLES:
        mount = Mount(f"/{prefix}".replace("\0", sample))
        if _resolves(resolver, mount.prefix):
            other = f"/{bare}".replace("\0", sample)
            yield mount if other == mount.prefix else dataclasses.replace(mount, bare=other)
            return


def _path(trail: list[URLResolver]) -> str:
    """The path of these patterns, with a NUL for each captured value."""
    parts = []
    for each in trail:
        template, _ = normalize(each.pattern.regex.pattern.removeprefix("^"))[0]
        parts.append(re.sub(r"%\(\w+\)s", "\0", template))
    return "".join(parts)


def _resolves(resolver: URLResolver, prefix: str) -> bool:
    try:
        match = resolver.resolve(f"{prefix}health/live")
    except (Resolver404, ValueError):
        return False
    return OURS in match.app_names
