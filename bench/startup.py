"""The cost of starting up, beside a bare Django with the same settings."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from bench.places import ROOT, Fresh, variables
from bench.scale import Scale
from bench.table import Row

# Up to where a request could be taken, URLs included. VmRSS is this process's own; ru_maxrss begins with
# what its parent had, and has to do only where there is no /proc.
START = """
import json, resource
from pathlib import Path
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
get_wsgi_application()
get_resolver().url_patterns
used = resource.getrusage(resource.RUSAGE_SELF)
status = Path("/proc/self/status")
rss = int(status.read_text().split("VmRSS:")[1].split()[0]) if status.exists() else used.ru_maxrss
print(json.dumps([(used.ru_utime + used.ru_stime) * 1000, rss / 1024]))
"""
SETTINGS = ("bench.project.bare", "bench.project.host")


def startup(fresh: Fresh, database: str, scale: Scale) -> Iterator[Row]:
    """Measure CPU and memory of both in turns; the first round only warms the disk's cache."""
    url = fresh("startup")
    found: dict[str, list[list[float]]] = {settings: [] for settings in SETTINGS}
    for _ in range(scale.rounds + 1):
        for settings in SETTINGS:
            found[settings].append(_start(url, settings))
    (bare_cpu, bare_rss), (host_cpu, host_rss) = (
        [statistics.median(column) for column in zip(*found[settings][1:], strict=True)]
        for settings in SETTINGS
    )
    detail = f"{host_cpu:.0f} against {bare_cpu:.0f} ms"
    yield Row("starting up: CPU added", database, host_cpu - bare_cpu, "ms", at_most=250, detail=detail)
    detail = f"{host_rss:.0f} against {bare_rss:.0f} MiB"
    yield Row("starting up: memory added", database, host_rss - bare_rss, "MiB", at_most=30, detail=detail)


def _start(url: str, settings: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, env=variables(url, settings), capture_output=True, check=True
    )
    cpu, rss = json.loads(done.stdout)
    return [cpu, rss]
