"""Several workers of a real gunicorn: whichever answers tells of all, and one that is gone leaves nothing."""

from __future__ import annotations

import signal
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from django.utils import timezone

from jobs_api import Job
from jobs_api.models import JobRun
from tests.databases import ONE_DATABASE
from tests.jobs_api.execution.draining.server import SECRET, eventually, serve
from tests.jobs_api.metrics.scraping import Scrape, parsed

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]


def scrape(port: int) -> Scrape:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    connection.close()
    return parsed(text)


def test_one_scrape_sums_what_all_workers_have_done(tmp_path, monkeypatch):
    """Also where the host has the directory in which prometheus-client keeps a file for each process."""
    files = tmp_path / "prometheus"
    files.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(files))
    monkeypatch.setenv("TOY_PATIENCE", "20")  # a worker writes at its end, however slow the machine is
    job, first = Job("nightly", command="toy", schedule=None), timezone.now() - timedelta(days=30)
    with serve(tmp_path, "--workers", "2", jobs=[job], grace=20, drain=1) as server:

        def both_have_run_some():
            # A slot of its own each time: the second worker may be up long after the first.
            slot = first + timedelta(minutes=JobRun.objects.count())
            path = f"/api/jobs/nightly/run?run_date={slot:%Y-%m-%dT%H:%M}Z"
            assert server.connection().ask("POST", path)[0] == 200
            return JobRun.objects.values("holder").distinct().count() == 2

        eventually(both_have_run_some, 60)
        assert scrape(server.port).value("jobs_api_job_health", job_name="nightly", health="ok") == 1
        server.tell(signal.SIGHUP)  # both workers are replaced, and write at their end

        def counted():
            return scrape(server.port).value(
                "jobs_api_attempts_total", job_name="nightly", state="succeeded", reason=""
            )

        ran = JobRun.objects.count()
        eventually(lambda: counted() == ran, 60)
        assert [counted() for _ in range(4)] == [ran] * 4, "whichever worker answers"
    assert list(files.iterdir()) == []
