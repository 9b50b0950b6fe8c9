"""No page shows a secret of a setting or of options to anybody, whatever he may do."""

from __future__ import annotations

import pytest

from jobs_api.conf import bad_value
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import entry, incident, person
from tests.jobs_api.dashboard.orders import failed
from tests.jobs_api.dashboard.people import at

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
SECRET = "hunter2hunter2hunter2"


@pytest.mark.parametrize("base", [f"https://ana:{SECRET}@shop.example", f"https://:{SECRET}@shop.example"])
def test_no_page_shows_a_secret_of_settings_or_options(base, declare, settings):
    channel = {"TYPE": "webhook", "URL": f"https://hooks.example/{SECRET}", "SECRET": SECRET}
    alerts = {"CHANNELS": {"ops": channel}}
    settings.JOBS_API = {**settings.JOBS_API, "BASE_URL": base, "ALERTS": alerts}
    settings.CRON_SECRET = f"{SECRET}{SECRET}"
    options = {"password": SECRET, "inner": {"api_key": SECRET}, "url": f"https://u:{SECRET}@h/"}
    run = failed(declare(options={"api_token": SECRET}), options=options, attempt=1)
    pk = incident(subject="nightly", job_name="nightly", run=run.pk).pk
    entry(job="nightly", run=run.pk)
    pages = [at(name) for name in ("overview", "alerts", "audit", "runs", "timeline", "sources")]
    pages += [f"{at('overview')}?all=1", f"{at('bulk')}?action=rerun&run={run.pk}"]
    pages += [at(name, "nightly") for name in ("job", "job_run", "job_backfill", "job_csv")]
    pages += [at(name, run.pk) for name in ("run", "run_rerun", "run_cancel", "output")]
    pages += [at("incident", pk), at("runs_csv"), at("audit_csv"), at("audit_jsonl")]
    client = person("view_jobrun", "operate_jobrun", "view_auditentry")
    for address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = b"".join(answer).decode() if answer.streaming else answer.text
        assert SECRET not in text, address
    assert "$CRON_SECRET" in client.get(at("job", "nightly")).text
    assert bad_value("BASE_URL", base)
