"""What to do where no job has run yet: a secret, a first call, two services that call."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from urllib.parse import urljoin

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from jobs_api import conf
from jobs_api.alerts import links
from jobs_api.auth.bearer import MIN_SECRET
from jobs_api.dashboard.overview.lines import SORTS, Line
from jobs_api.exporters import all_exporters
from jobs_api.history.refusals import Refused, refused_calls

FIRST = 4
"""So many of the jobs that are due next are shown."""
KNOWN = ("cron-job-org", "github-actions", "eventbridge", "cloud-scheduler-gcloud", "crontab", "kubernetes")
"""The set-ups that are named first; there are more behind them."""


@dataclasses.dataclass(frozen=True, slots=True)
class SetUp:
    """How one service is set up."""

    name: str
    title: str
    command: str


@dataclasses.dataclass(frozen=True, slots=True)
class FirstSteps:
    """What the page shows."""

    secret: str
    """ "set", "short" (it never matches) or "missing"."""
    curl: str
    """Empty where the project has no URLs of ours."""
    refused: Sequence[Refused]
    set_ups: Sequence[SetUp]
    others: Sequence[SetUp]
    first: Sequence[Line]
    """The jobs that are due next."""
    docs: str
    """The address of the page on the API."""


def first_steps(request: HttpRequest, lines: Sequence[Line]) -> FirstSteps:
    """Read them: one statement."""
    base = _base(request)
    set_ups = _set_ups(base)
    due = sorted((line for line in lines if line.report.next_run_date), key=SORTS["next"])
    return FirstSteps(
        secret=_secret(),
        curl=f'curl -fsS -X POST -H "Authorization: Bearer $CRON_SECRET" {base}/run-due' if base else "",
        refused=refused_calls(),
        set_ups=[set_ups[name] for name in KNOWN if name in set_ups],
        others=[each for name, each in set_ups.items() if name not in KNOWN],
        first=due[:FIRST],
        docs=f"{_path()}/docs" if base else "",
    )


def _secret() -> str:
    secrets = conf.cron_secrets()
    if any(len(secret) >= MIN_SECRET for secret in secrets):
        return "set"
    return "short" if secrets else "missing"


def _path() -> str:
    """Where the project has our URLs; empty where it has none that are found by their name."""
    try:
        return reverse("jobs_api:run-due").removesuffix("/run-due")
    except NoReverseMatch:
        return ""


def _base(request: HttpRequest) -> str:
    """The address of the API, as callers use it."""
    if public := links.page("run-due"):
        return public.removesuffix("/run-due")
    try:
        path = reverse("jobs_api:run-due")
    except NoReverseMatch:
        return ""
    return urljoin(request.build_absolute_uri("/"), path).removesuffix("/run-due")


def _set_ups(base: str) -> dict[str, SetUp]:
    address = base or "https://YOUR.HOST/api"
    return {
        name: SetUp(
            name, exporter.title, f"manage.py jobs_export {name} --base-url {address} --run-due-alone"
        )
        for name, exporter in sorted(all_exporters().items(), key=lambda item: item[1].title.casefold())
    }
