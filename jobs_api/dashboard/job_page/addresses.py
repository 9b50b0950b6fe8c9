"""Addresses of the dashboard's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def address(name: str, *args: Any) -> str:
    """Of a page, by its name."""
    return reverse(f"jobs_dashboard:{name}", args=args)


def reruns(pks: Sequence[int]) -> str:
    """Of the order to run these runs again."""
    if len(pks) == 1:
        return address("run_rerun", pks[0])
    return f"{address('bulk')}?{urlencode([('action', 'rerun'), *(('run', pk) for pk in pks)])}"
