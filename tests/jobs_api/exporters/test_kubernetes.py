"""The CronJobs: their fields, and the script of their pods, run for real."""

from __future__ import annotations

import shutil
import time

import pytest
import yaml

from jobs_api.exporters import kubernetes
from jobs_api.exporters.common.exporter import COMMAND
from tests.jobs_api.exporters.stub import SECRET, shell, stub
from tests.jobs_api.exporters.toys import TOYS, plan_for, toy

exporter = kubernetes.exporter


def cron_jobs(*jobs, **how):
    found = yaml.safe_load_all(exporter.render(plan_for(exporter, *jobs, **how)))
    return {each["metadata"]["name"]: each["spec"] for each in found if each}


def container(spec):
    (found,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return found


def test_each_line_is_a_cron_job_in_the_zone_of_its_job():
    found = cron_jobs()
    assert len(found) == 12
    spec = found["jobs-daily-in-new-york"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 3 * * *", "America/New_York")
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 3600)
    job = spec["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] == 600 + 30 + 60
    assert job["backoffLimit"] == 1
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    both = [found[name]["schedule"] for name in ("jobs-month-and-week", "jobs-month-and-week-2")]
    assert both == ["0 6 1,15 * *", "0 6 * * MON"]


def test_a_job_that_may_not_be_late_starts_no_later():
    spec = cron_jobs(toy("soon", "*/5 * * * *", catch_up="none", grace=90))["jobs-soon"]
    assert spec["startingDeadlineSeconds"] == 90
    assert "max_late=90" in container(spec)["args"][0]


def test_slots_that_may_overlap_have_pods_at_the_same_time():
    found = cron_jobs(toy("wide", "*/5 * * * *", overlap="allow"), TOYS["daily"])
    policies = {name: spec["concurrencyPolicy"] for name, spec in found.items()}
    assert policies == {"jobs-daily": "Forbid", "jobs-run-due": "Forbid", "jobs-wide": "Allow"}


def test_the_secret_is_a_reference_and_in_no_command_line():
    found = container(cron_jobs(TOYS["daily"])["jobs-daily"])
    assert found["env"][0]["valueFrom"] == {"secretKeyRef": {"name": "jobs", "key": "cron-secret"}}
    assert "CRON_SECRET" not in found["args"][0].partition("curl ")[2]
    assert found["securityContext"]["runAsNonRoot"] is True


def test_the_command_form_runs_the_image_of_the_app():
    found = container(cron_jobs(TOYS["daily"], form=COMMAND, image="shop:7", secret="shop-env")["jobs-daily"])
    assert found["image"] == "shop:7"
    assert found["command"] == ["python", "manage.py", "jobs_run", "daily", "--source=kubernetes"]
    assert found["envFrom"] == [{"secretRef": {"name": "shop-env"}}]


def names_of_jobs(now):
    """The name of a Job: the scheduled time that its pod hands over, or none; `now` is in minutes."""
    return {
        f"jobs-daily-{now - 3}": time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime((now - 3) * 60)),
        f"jobs-daily-{now + 5}": None,
        f"jobs-daily-{now - 1500}": None,
        "jobs-daily-20261126": None,
        "by-hand": None,
        "by-hand-9": None,
        f"jobs-daily-{now * 60}": None,
        "": None,
    }


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_pod_hands_over_the_time_for_which_the_controller_made_its_job():
    # Not when this module is imported: that may be minutes ago, and one of the times would be ahead no more.
    names = names_of_jobs(int(time.time()) // 60)
    with stub() as (url, requests):
        script = container(cron_jobs(TOYS["daily"], base_url=f"{url}/api")["jobs-daily"])["args"][0]
        for name in names:
            shell(script, CRON_SECRET=SECRET, JOB_NAME=name)
    assert [request.headers.get("Jobs-Scheduled-At") for request in requests] == list(names.values())
    for request in requests:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        assert (request.method, request.headers["Content-Length"]) == ("POST", "0")
        assert request.path == "/api/jobs/daily/run?source=kubernetes"
