"""cron-job.org, EasyCron and QStash: their scripts run for real, against a server that stands in for each."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs_api import Job
from jobs_api.exporters import cron_job_org, easycron, qstash
from jobs_api.exporters.common import script
from jobs_api.exporters.common.rows import rows
from tests.jobs_api.exporters.stub import SECRET, Request, shell, stub
from tests.jobs_api.exporters.toys import BERLIN, TOYS, toy

KEY = "key.of_the/account="
EXPORTERS = {"cron-job-org": cron_job_org, "easycron": easycron, "qstash": qstash}
SAVED = {
    "cron-job-org": ("jobs", "title", "jobId"),
    "easycron": ("cron_jobs", "cron_job_name", "cron_job_id"),
}
JOBS = (TOYS["weekdays_in_berlin"], TOYS["never_late"], TOYS["with_values"])
ONE = (TOYS["daily"],)
NAMES = {"jobs_api.never_late", "jobs_api.run-due", "jobs_api.weekdays_in_berlin", "jobs_api.with_values"}

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


class Service:
    """The account of a user: it keeps what is created or updated, by id."""

    def __init__(self, platform: str, **found: dict[str, Any]) -> None:
        self.platform, self.schedules, self.ids = platform, dict(found), itertools.count(100)

    def __call__(self, request: Request) -> Any:
        if self.platform == "qstash":
            return self._qstash(request)
        members, _, own_id = SAVED[self.platform]
        if request.method == "GET":
            return {members: [{**saved, own_id: key} for key, saved in self.schedules.items()]}
        path, _, key = request.path.rpartition("/")
        key = key if request.method == "PATCH" else str(next(self.ids))
        assert path.endswith("/jobs" if request.method == "PATCH" else "") or "cron-jobs" in path
        self.schedules[key] = request.json.get("job", request.json)
        return {own_id: key}

    def _qstash(self, request: Request) -> Any:
        if request.method == "GET":
            return [{"scheduleId": key} for key in self.schedules]
        own = {name: value for name, value in request.headers.items() if name.startswith("Upstash-")}
        self.schedules[own["Upstash-Schedule-Id"]] = {**own, "path": request.path}
        return {"scheduleId": own["Upstash-Schedule-Id"]}


@pytest.fixture
def run(tmp_path: Path, plan_for: Callable[..., Any]) -> Callable[..., Any]:
    """``run(platform, service, jobs)``: the requests of the script, and what it printed."""
    for name, value in (("key", KEY), ("secret", SECRET)):
        (tmp_path / name).write_text(f"{value}\n")

    def run(platform: str, service: Service, jobs: tuple[Job, ...] = JOBS, **how: Any) -> Any:
        exporter = EXPORTERS[platform].exporter
        text = exporter.render(plan_for(exporter, *jobs))
        env = {
            "API_KEY_FILE": str(tmp_path / "key"),
            "CRON_SECRET_FILE": str(tmp_path / "secret"),
            "PAUSE": "0",
        }
        with stub(service) as (url, requests):
            said = shell(text, **env, API_URL=url, TMPDIR=str(tmp_path), **how)
        return requests, said

    return run


@needs_curl
@pytest.mark.parametrize("platform", EXPORTERS)
def test_a_second_run_of_a_script_changes_nothing(run, platform):
    service = Service(platform)
    run(platform, service)
    first = dict(service.schedules)
    requests, said = run(platform, service)
    assert service.schedules == first
    assert len(first) == 4
    assert "created" not in said
    assert {request.method for request in requests} == (
        {"GET", "POST"} if platform == "qstash" else {"GET", "PATCH"}
    )


@needs_curl
@pytest.mark.parametrize("platform", EXPORTERS)
def test_a_script_names_what_is_left_over_and_leaves_what_is_not_ours(run, platform):
    _, title, _ = SAVED.get(platform, ("", "scheduleId", ""))
    service = Service(platform, **{"jobs_api.old": {title: "jobs_api.old"}, "other": {title: "other"}})
    _, said = run(platform, service, ONE)
    assert "no longer declared, remove it: jobs_api.old" in said
    assert "other" not in said
    assert {"jobs_api.old", "other"} <= set(service.schedules)


@needs_curl
@pytest.mark.parametrize("platform", EXPORTERS)
def test_a_script_leaves_no_file_and_its_text_holds_no_secret(run, tmp_path, plan_for, platform):
    run(platform, Service(platform), ONE)
    assert {path.name for path in tmp_path.iterdir()} == {"key", "secret"}
    text = EXPORTERS[platform].exporter.render(plan_for(EXPORTERS[platform].exporter))
    assert SECRET not in text
    assert "set -x" not in text


@needs_curl
@pytest.mark.parametrize("value", ["", 'with "quotes" and more', "$(reboot)", "two,secrets"])
def test_a_script_refuses_a_file_that_does_not_hold_one_secret(run, tmp_path, value):
    (tmp_path / "secret").write_text(f"{value}\n")
    with pytest.raises(AssertionError, match="is not one secret"):
        run("easycron", Service("easycron"))


@needs_curl
def test_cron_job_org_is_told_method_zone_lists_and_the_header(run):
    service = Service("cron-job-org")
    requests, _ = run("cron-job-org", service)
    assert requests[0].headers["Authorization"] == f"Bearer {KEY}"
    saved = {job["title"]: job for job in service.schedules.values()}
    assert set(saved) == NAMES
    job = saved["jobs_api.weekdays_in_berlin"]
    assert job["schedule"] == {
        "timezone": BERLIN,
        "minutes": [30],
        "hours": [9],
        "mdays": [-1],
        "months": [-1],
        "wdays": [1, 2, 3, 4, 5],
    }
    assert (job["requestMethod"], job["enabled"]) == (1, True)
    assert job["extendedData"]["headers"] == {"Authorization": f"Bearer {SECRET}"}
    assert job["url"].endswith("/jobs/weekdays_in_berlin/run?source=cron-job-org")
    assert saved["jobs_api.never_late"]["url"].endswith("max_late=3600")
    assert saved["jobs_api.run-due"]["schedule"]["minutes"] == list(range(0, 60, 5))


@needs_curl
def test_easycron_is_told_line_zone_and_the_header(run):
    service = Service("easycron")
    requests, _ = run("easycron", service)
    assert requests[0].headers["X-API-Key"] == KEY
    assert requests[0].path == "/cron-jobs?page_size=500"
    saved = {job["cron_job_name"]: job for job in service.schedules.values()}
    job = saved["jobs_api.weekdays_in_berlin"]
    assert (job["cron_expression"], job["timezone_from"], job["timezone"]) == ("30 9 * * 1-5", 2, BERLIN)
    assert (job["http_method"], job["http_headers"]) == ("POST", f"Authorization: Bearer {SECRET}")


@needs_curl
def test_qstash_is_told_line_zone_and_the_header_to_forward(run):
    service = Service("qstash")
    requests, _ = run("qstash", service)
    assert requests[0].headers["Authorization"] == f"Bearer {KEY}"
    job = service.schedules["jobs_api.weekdays_in_berlin"]
    assert job["Upstash-Cron"] == f"CRON_TZ={BERLIN} 30 9 * * 1-5"
    assert job["Upstash-Forward-Authorization"] == f"Bearer {SECRET}"
    assert (job["Upstash-Method"], job["Upstash-Retries"]) == ("POST", "3")
    url = "https://shop.example.com/api/jobs/weekdays_in_berlin/run?source=qstash"
    assert job["path"] == f"/v2/schedules/{url}"


LISTS = {
    "0 3 * * *": ([0], [3], [-1], [-1], [-1]),
    "*/15 8-18/5 1,15 JAN,jul 0": ([0, 15, 30, 45], [8, 13, 18], [1, 15], [1, 7], [0]),
    "5/20 */12 28-31 2-4 1-5": ([5, 25, 45], [0, 12], [28, 29, 30, 31], [2, 3, 4], [1, 2, 3, 4, 5]),
    "0-59 0-23 1-31 1-12 0-6": ([-1],) * 5,
}


@pytest.mark.parametrize("line", LISTS)
def test_a_cron_line_becomes_the_lists_of_cron_job_org(line):
    assert tuple(cron_job_org.lists(line).values()) == LISTS[line]


def test_a_here_document_expands_nothing_but_the_bearer(plan_for):
    row, *_ = rows(plan_for(easycron.exporter, toy("a", "* * * * *")))
    value = {"Authorization": script.BEARER, "text": '$(reboot) `reboot` \\ $bearer ${HOME} " é'}
    text = script.put(row, plan_for(easycron.exporter), value)
    said = shell(f"put() {{ cat; }}; bearer='Bearer of-it'\n{text}")
    assert '"Authorization": "Bearer of-it"' in said
    assert '$(reboot) `reboot` \\\\ $bearer ${HOME} \\" \\u00e9' in said
