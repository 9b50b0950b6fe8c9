"""Addresses of pages that are on a page hundreds of times: each is looked up once."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_resolver, get_script_prefix, get_urlconf, reverse
from django.utils.translation import get_language


def address(name: str, *args: str | int) -> str:
    """Of a page of ours by its name, as `reverse` has it."""
    return _address(name, args, (get_resolver(get_urlconf()), get_script_prefix(), get_language()))


@lru_cache(maxsize=4096)
def _address(name: str, args: tuple[str | int, ...], _where: tuple[object, ...]) -> str:
    """Where: on what an address depends besides."""
    return reverse(f"jobs_dashboard:{name}", args=args)
