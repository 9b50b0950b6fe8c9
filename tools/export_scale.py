"""How long a thousand jobs take to export and to check, on each platform: ``make exports ARGS=--scale``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from jobs_api import Job
from jobs_api.exporters import Exporter, all_exporters
from jobs_api.exporters.common.difference import difference
from jobs_api.exporters.common.planning import make_plan

BUDGET = 5.0
"""Seconds for each."""
ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Chatham", "Africa/Casablanca",
)  # fmt: skip


def thousand() -> list[Job]:
    """Jobs of all kinds in all zones."""
    return [
        Job(
            f"job_{number:04}",
            command="toy",
            schedule=f"{number % 60} {number // 60 % 24} {_days(number)}",
            timezone=ZONES[number % len(ZONES)],
            catch_up="latest" if number % 5 else "none",
            description=f"Number {number}",
        )
        for number in range(1000)
    ]


def _days(number: int) -> str:
    return ("* * *", "* * 1-5", f"{number % 28 + 1} * *", "L * *")[number % 4]


def measured() -> Iterator[str]:
    """A line for each platform and form: the seconds, and how many times either fits into its budget."""
    yield f"{'platform':26} {'form':8} {'export':>8} {'check':>8} {'of the budget':>14}"
    jobs = thousand()
    for name, exporter in all_exporters().items():
        for form in exporter.forms:
            exported, checked = _seconds(exporter, form, jobs)
            share = max(exported, checked) / BUDGET
            yield f"{name:26} {form:8} {exported:6.2f} s {checked:6.2f} s {share:13.0%}"


def _seconds(exporter: Exporter, form: str, jobs: list[Job]) -> tuple[float, float]:
    """Of processor time, for an export and for one that is compared with a file that differs."""
    begun = time.process_time()
    text = _text(exporter, form, jobs)
    exported = time.process_time() - begun
    difference(text.replace("Number 7", "Nr 7"), text, "file")
    return exported, time.process_time() - begun


def _text(exporter: Exporter, form: str, jobs: list[Job]) -> str:
    return exporter.render(
        make_plan(
            exporter,
            jobs,
            form=form,
            base_url="https://shop.example.com/api",
            run_due_every=5,
            settings={},
            now=datetime.now(UTC),
        )
    )
