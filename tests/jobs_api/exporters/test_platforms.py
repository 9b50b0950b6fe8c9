"""Render, Heroku, Railway, Fly.io, Crontap, Cloudflare, Vercel, pg_cron: as their documentation asks for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml

from jobs_api.exporters import (
    cloudflare,
    crontap,
    flyio,
    heroku,
    pg_cron,
    railway,
    render,
    vercel,
    vercel_schedules,
)
from jobs_api.exporters.common import folder
from jobs_api.exporters.common.exporter import COMMAND, HTTP
from tests.jobs_api.exporters.stub import SECRET, shell, stub
from tests.jobs_api.exporters.toys import NEW_YORK, TOYS, plan_for, toy

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
LINE = re.compile(r"(\*|[0-9*/,-]+ )([0-9*/,-]+ ){3}[0-9*/,-]+")


def text(module, *jobs, **how):
    return module.exporter.render(plan_for(module.exporter, *jobs, **how))


def split(module, *jobs, **how):
    """The files of an export of several."""
    return folder.split(text(module, *jobs, **how))


# -- Render -----------------------------------------------------------------------------------

RENDER = {"type", "name", "runtime", "plan", "schedule", "buildCommand", "startCommand", "envVars"}


@pytest.mark.parametrize("form", [HTTP, COMMAND])
def test_render_has_a_cron_service_for_each_line_in_utc(form):
    services = yaml.safe_load(text(render, form=form))["services"]
    assert len({service["name"] for service in services}) == len(services) > 11
    for service in services:
        assert set(service) == RENDER
        assert (service["type"], service["runtime"]) == ("cron", "python")
        assert LINE.fullmatch(service["schedule"])
        assert service["buildCommand"]


def test_render_takes_the_secret_from_where_it_is():
    of_service = {"type": "web", "name": "crm", "envVarKey": "CRON_SECRET"}
    kept = {
        "service": [{"key": "CRON_SECRET", "fromService": of_service}],
        "group": [{"fromGroup": "crm-env"}],
        "dashboard": [{"key": "CRON_SECRET", "sync": False}],
    }
    for where, env in kept.items():
        services = yaml.safe_load(text(render, TOYS["daily"], web="crm", group="crm-env", secret=where))[
            "services"
        ]
        assert services[0]["envVars"] == env
    (service, _) = yaml.safe_load(text(render, TOYS["daily"], form=COMMAND, group="crm-env"))["services"]
    assert service["envVars"] == [{"fromGroup": "crm-env"}]
    assert service["startCommand"] == "python manage.py jobs_run daily --source=render"


# -- Heroku -----------------------------------------------------------------------------------

CADENCES = {
    "5m": "Every 10 minutes",
    "10m": "Every 10 minutes",
    "15m": "Every 10 minutes",
    "30m": "Every 10 minutes",
    "1h": "Every hour at :00",
}


@pytest.mark.parametrize("every", CADENCES)
def test_heroku_calls_run_due_at_the_slowest_cadence_that_is_often_enough(every):
    found = text(heroku, run_due=every)
    assert f"Schedule:    {CADENCES[every]}\n" in found
    assert "Run Command: python manage.py jobs_run_due --source=heroku\n" in found
    assert "Not here: daily: " in found


# -- Railway, Fly.io, Crontap -----------------------------------------------------------------


@pytest.mark.parametrize("form", [HTTP, COMMAND])
def test_railway_has_a_file_for_each_line(form):
    found = split(railway, form=form)
    assert "railway.daily.toml" in found
    for name, content in found.items():
        assert re.fullmatch(r"railway\.[-a-z0-9]+\.toml", name)
        deploy = tomllib.loads(content)["deploy"]
        assert set(deploy) == {"startCommand", "cronSchedule", "restartPolicyType"}
        assert LINE.fullmatch(deploy["cronSchedule"])
        assert deploy["restartPolicyType"] == "NEVER"


def test_railway_refuses_what_is_due_more_often_than_every_5_minutes():
    assert [each.job.name for each in plan_for(railway.exporter, toy("often", "*/2 * * * *")).refused] == [
        "often"
    ]


def test_flyio_is_a_crontab_in_utc():
    lines = [line for line in text(flyio).splitlines() if line and not line.startswith("#")]
    assert lines[0] == "CRON_TZ=UTC"
    assert all(LINE.match(line) for line in lines[1:])
    assert "cd /app && python manage.py jobs_run daily --source=flyio" in text(flyio, form=COMMAND)


def test_crontap_is_given_what_its_api_calls_a_schedule():
    blocks = re.findall(r"^\{.*?^\}", text(crontap, TOYS["daily_in_new_york"]), re.M | re.S)
    daily, _ = map(json.loads, blocks)
    assert (daily["interval"], daily["timezone"], daily["verb"]) == ("0 3 * * *", NEW_YORK, "POST")
    assert daily["headers"] == {"Authorization": "Bearer $CRON_SECRET"}


@needs_curl
@pytest.mark.parametrize("module", [render, railway, flyio, heroku])
def test_the_curl_form_of_a_platform_posts_with_the_bearer_and_fails_with_the_job(module):
    with stub() as (url, requests):
        found = text(module, toy("daily", "15 3 * * *"), form=HTTP, base_url=f"{url}/api")
        starts = {
            render: lambda: yaml.safe_load(found)["services"][-1]["startCommand"],
            railway: lambda: tomllib.loads(folder.split(found)["railway.run-due.toml"])["deploy"][
                "startCommand"
            ],
            flyio: lambda: found.splitlines()[-1].split(" ", 5)[5],
            heroku: lambda: found.splitlines()[-1].removeprefix("Run Command: "),
        }
        start = starts[module]()
        shell(start, CRON_SECRET=SECRET)
    (request,) = requests
    assert request.path.startswith("/api/run-due?source=")
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    shell(start, CRON_SECRET=SECRET, status=7)  # what curl says where nobody answers


# -- Cloudflare -------------------------------------------------------------------------------


def test_cloudflare_has_a_configuration_and_a_worker():
    found = split(cloudflare)
    config = json.loads(re.sub(r"^//.*", "", found["wrangler.jsonc"], flags=re.M))
    assert config["main"] == "worker.js"
    crons = config["triggers"]["crons"]
    assert len(crons) == len(set(crons))
    assert not [line for line in crons if re.search(r"[0-7]$", line.split()[4])], (
        "days have names: 1 is Sunday"
    )
    calls = re.findall(r"crons: (\[.*?\]), url: (\".*?\")", found["worker.js"])
    assert {line for lines, _ in calls for line in json.loads(lines)} == set(crons)
    assert "https://shop.example.com/api/run-due?source=cloudflare" in found["worker.js"]


WORKER = """
import worker from "./worker.mjs";
const sent = [];
globalThis.fetch = async (url, options) => {
  sent.push([url, options]);
  return new Response("{}", { status: url.includes("/b/") ? 500 : 200 });
};
const env = { CRON_SECRET: "of-it" };
let error = "";
for (const cron of ["15 3 * * *", "* * * * *"])
  try {
    await worker.scheduled({ cron, scheduledTime: Date.UTC(2026, 10, 20, 3, 15) }, env);
  } catch (thrown) {
    error += thrown.message + "\\n";
  }
console.log(JSON.stringify([sent, error]));
"""
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def node(path, code):
    (path / "main.mjs").write_text(code)
    found = subprocess.run(["node", "main.mjs"], cwd=path, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@needs_node
def test_a_worker_calls_each_job_of_its_line_and_fails_if_one_does(tmp_path):
    same = {"schedule": "15 3 * * *"}
    code = split(cloudflare, toy("a", **same), toy("b", **same), toy("c", "5 3 * * *"))["worker.js"]
    (tmp_path / "worker.mjs").write_text(code)
    sent, error = node(tmp_path, WORKER)
    assert [url.partition("?")[0].rpartition("/jobs/")[2] for url, _ in sent] == ["a/run", "b/run"]
    headers = {"Authorization": "Bearer of-it", "Jobs-Scheduled-At": "2026-11-20T03:15:00.000Z"}
    assert sent[0][1] == {"method": "POST", "redirect": "manual", "headers": headers}
    assert "/jobs/b/run?source=cloudflare: 500 {}" in error
    assert "No job has the cron line * * * * *" in error


# -- Vercel -----------------------------------------------------------------------------------


def test_vercel_calls_paths_of_its_own_project_in_utc():
    found = json.loads(text(vercel))
    assert set(found) == {"$schema", "crons"}
    for cron in found["crons"]:
        assert set(cron) == {"path", "schedule"}
        assert cron["path"].startswith("/api/")
        assert LINE.fullmatch(cron["schedule"])
    assert {"path": "/api/jobs/daily/run?source=vercel", "schedule": "0 3 * * *"} in found["crons"]


def test_vercel_schedules_have_the_zones_of_jobs():
    found = json.loads(text(vercel_schedules, TOYS["daily_in_new_york"]))
    assert found["schedules"]["daily-in-new-york"] == {
        "schedule": "0 3 * * *",
        "timezone": NEW_YORK,
        "path": "/api/jobs/daily_in_new_york/run?source=vercel-schedules",
        "requestMethod": "GET",
    }
    private = json.loads(text(vercel_schedules, write="post"))
    assert private["functions"] == {"api/trigger.js": {"experimentalTriggers": [{"type": "schedule/v1beta"}]}}
    assert {each["function"] for each in private["schedules"].values()} == {"api/trigger.js"}


PROXY = """
import handler from "./trigger.mjs";
process.env.CRON_SECRET = "of-it";
const sent = [], said = [];
globalThis.fetch = async (url, options) => (sent.push([url, options]), new Response("{}", { status: 202 }));
for (const [authorization, job] of [
  ["Bearer of-it", "daily"], ["Bearer other", "daily"], [undefined, "daily"],
  ["Bearer of-it", "nobody"], ["Bearer of-it", "constructor"], ["Bearer of-it", "run-due"],
]) {
  const response = { status(code) { said.push(code); return this; }, end() {}, send() {} };
  await handler({ headers: { authorization }, query: { job } }, response);
}
console.log(JSON.stringify([sent, said]));
"""


@needs_node
def test_the_proxy_of_vercel_posts_what_it_knows_to_whoever_has_the_secret(tmp_path):
    (tmp_path / "trigger.mjs").write_text(text(vercel, TOYS["daily"], write="proxy"))
    sent, said = node(tmp_path, PROXY)
    assert said == [202, 401, 401, 404, 404, 202]
    assert [url.rpartition("/api/")[2] for url, _ in sent] == [
        "jobs/daily/run?source=vercel",
        "run-due?source=vercel",
    ]
    assert sent[0][1]["method"] == "POST"
    assert sent[0][1]["headers"] == {"Authorization": "Bearer of-it"}
    paths = [cron["path"] for cron in json.loads(text(vercel, TOYS["daily"], write="post"))["crons"]]
    assert paths == ["/api/trigger?job=daily", "/api/trigger?job=run-due"]


# -- pg_cron ----------------------------------------------------------------------------------


def test_pg_cron_makes_or_changes_a_job_for_each_line_in_utc():
    found = text(pg_cron)
    jobs = dict(re.findall(r"cron\.schedule\('(jobs_api\.[^']+)', '([^']+)'", found))
    assert jobs["jobs_api.daily"] == "0 3 * * *"
    assert all(LINE.fullmatch(line) for line in jobs.values())
    assert len(jobs) > 12
    assert "vault.decrypted_secrets" in found
    assert "current_setting('x.y')" in text(pg_cron, secret="current_setting('x.y')")


def test_pg_cron_quotes_what_it_is_given():
    assert pg_cron.quoted("it's") == "'it''s'"
