"""Plans made by keyword, and jobs of each kind of schedule."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs_api import Job
from jobs_api.exporters import Exporter, all_exporters
from jobs_api.exporters.common.every import minutes_of
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.planning import make_plan

BASE_URL = "https://shop.example.com/api"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEW_YORK, BERLIN, KOLKATA = "America/New_York", "Europe/Berlin", "Asia/Kolkata"


def toy(name: str, schedule: str | None, timezone: str | None = "UTC", **fields: object) -> Job:
    """A job that runs the toy command."""
    return Job(name, command="toy", schedule=schedule, timezone=timezone, **fields)  # type: ignore[arg-type]


TOYS = {
    job.name: job
    for job in (
        toy("daily", "0 3 * * *", description="Runs at three."),
        toy("daily_in_new_york", "0 3 * * *", NEW_YORK, timeout=600),
        toy("weekdays_in_berlin", "30 9 * * 1-5", BERLIN),
        toy("every_five_minutes", "*/5 * * * *"),
        toy("last_day_in_kolkata", "30 4 L * *", KOLKATA),
        toy("first_day_in_kolkata", "0 2 1 * *", KOLKATA),
        toy("hourly-in-berlin", "@hourly", BERLIN),
        toy("month_and_week", "0 6 1,15 * 1", NEW_YORK),
        toy("never_late", "0 8 * * *", BERLIN, catch_up="none"),
        toy("with_values", "15 3 * * *", args=["a b", "it's"], options={"verbosity": 0, "names": ["x", "y"]}),
        toy("on_demand", None),
    )
}
"""One of each kind, by name."""


def platform(exporter: Exporter) -> str:
    """The name of its platform."""
    return next((name for name, known in all_exporters().items() if known is exporter), "toy")


def plan_for(
    exporter: Exporter,
    *jobs: Job,
    form: str | None = None,
    run_due: str = "5m",
    base_url: str = BASE_URL,
    **settings: str,
) -> Plan:
    """What is exported of these jobs, or of all toys; `form` is the exporter's usual one."""
    return make_plan(
        exporter,
        jobs or TOYS.values(),
        form=form or exporter.forms[0],
        base_url=base_url,
        run_due_every=minutes_of(run_due),
        settings=settings,
        now=NOW,
        source=platform(exporter),
        written_by=f"manage.py jobs_export {platform(exporter)} --base-url {base_url}",
    )
