"""What the curl of an export really sends, replayed to the endpoint: it starts its job, once."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.exporter import HTTP
from jobs_api.models import JobRun
from tests.jobs_api.exporters.stub import shell, stub
from tests.jobs_api.exporters.toys import plan_for, toy

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
]


def script_of(platform, text):
    """The shell text that calls for the job `nightly`."""
    if platform == "kubernetes":
        first = next(each for each in yaml.safe_load_all(text) if each)
        return first["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"][0]
    if platform == "github-actions":
        return yaml.safe_load(text)["jobs"]["job-nightly"]["steps"][0]["run"]
    if platform == "render":
        return yaml.safe_load(text)["services"][0]["startCommand"]
    return next(line for line in text.splitlines() if line.startswith("15 3 ")).split(" ", 5)[5]


@pytest.mark.parametrize("platform", ["kubernetes", "github-actions", "render", "flyio"])
def test_what_curl_sends_starts_the_job_once(client, declare, platform):
    declare()
    exporter = all_exporters()[platform]
    with stub() as (url, requests):
        job = toy("nightly", "15 3 * * *")
        text = exporter.render(plan_for(exporter, job, form=HTTP, base_url=f"{url}/api"))
        shell(script_of(platform, text), CRON_SECRET=settings.CRON_SECRET, JOB_NAME="jobs-nightly-x")
    (request,) = requests
    headers = {name: value for name, value in request.headers.items() if name != "Host"}
    url = urlsplit(request.path)
    answers = [
        client.generic(
            request.method,
            f"{url.path}?{url.query}",
            request.body,
            content_type=headers.get("Content-Type", ""),
            headers=headers,
        )
        for _ in range(2)
    ]
    assert [answer.json()["outcome"] for answer in answers] == ["succeeded", "already_succeeded"]
    run = JobRun.objects.get()
    assert run.source.replace("-", "_") == platform.replace("-", "_")
    assert run.attempt == 1
