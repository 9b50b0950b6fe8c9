"""The pages of the dashboard: what the server takes for each, with few and with many runs stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.places import Fresh, inside
from bench.scale import Scale
from bench.table import Row

FEW, JOBS, MANY_JOBS, SHOWN = 10_000, 200, 1_000, 50
"""With few runs stored each of `JOBS` jobs has as many as the pages show."""
MOST_MS, MOST_TIMES = 100, 1.2
SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.project.paged"}


def pages(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """The same pages of the same jobs with few and with many runs, in turns; then of a thousand jobs."""
    urls = {"small": fresh("pages_small"), "large": fresh("pages_large")}
    _inside("load", FEW, JOBS, url=urls["small"])
    _inside("load", scale.many, JOBS, url=urls["large"])
    measured: dict[str, list[dict[str, Any]]] = {size: [] for size in urls}
    for size in ("small", "large") * 3:
        measured[size].append(_inside("measure", JOBS, scale.pages, url=urls[size]))
    small, large = (_best(each) for each in measured.values())
    for page, (took_ms, statements) in large.items():
        few_ms, before = small[page]
        detail = f"{took_ms:.0f} against {few_ms:.0f} ms, {statements} against {before} statements"
        what = f"{scale.many:,} runs stored: the page {page}, times its time with {FEW:,}"
        yield Row(what, database, took_ms / few_ms, at_most=MOST_TIMES, detail=detail)
    wide = fresh("pages_wide")
    _inside("load", MANY_JOBS * SHOWN, MANY_JOBS, url=wide)
    for page, found in _inside("measure", MANY_JOBS, scale.pages, url=wide).items():
        spent = f"{found['cpu_ms']:.0f} ms of CPU"
        detail = f"{spent}, {found['statements']} statements, {found['bytes'] / 1000:.0f} kB"
        what = f"{MANY_JOBS:,} jobs: the page {page}"
        yield Row(what, database, found["ms"], "ms", at_most=MOST_MS, detail=detail)


def _best(measured: list[dict[str, Any]]) -> dict[str, tuple[float, int]]:
    """Of each page the shortest time, and its statements."""
    return {
        page: (min(each[page]["ms"] for each in measured), measured[0][page]["statements"])
        for page in measured[0]
    }


def _inside(task: str, *arguments: int, url: str) -> Any:
    return inside(task, *map(str, arguments), url=url, module="bench.in_pages", env=SETTINGS)
