"""Values of --set that would be more than text in a shell, in YAML or in SQL."""

from __future__ import annotations

import json
import subprocess
import tomllib

import pytest
import yaml

from jobs_api.exporters import (
    cloudflare,
    cron_job_org,
    crontap,
    easycron,
    flyio,
    github_actions,
    heroku,
    kubernetes,
    pg_cron,
    qstash,
    railway,
    render,
    vercel,
    vercel_schedules,
)  # fmt: skip
from jobs_api.exporters.common import folder
from jobs_api.exporters.common.faults import BadOption
from tests.jobs_api.exporters.stub import shell
from tests.jobs_api.exporters.toys import TOYS, plan_for

NASTY = 'it\'s "x" $(touch found) `touch found` ${HOME} \\ }}; # : {a: b} @prefix@ -- é'
JOBS = (TOYS["daily"], TOYS["with_values"])
SCRIPTS = (cron_job_org, easycron, qstash)


def parse(module, text, tmp_path):
    if module in SCRIPTS:
        found = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
        first = text.partition("# Read one line")[0]
        told = shell(f'cd {tmp_path}\n{first}\necho "$secret_file $key_file"')
        assert NASTY in told
        assert not list(tmp_path.iterdir())
    elif module in {kubernetes, github_actions, render}:
        assert list(yaml.safe_load_all(text))
    elif module in {vercel, vercel_schedules}:
        assert json.loads(text)
    elif module is railway:
        assert [tomllib.loads(part) for part in folder.split(text).values()]


OTHERS = (kubernetes, github_actions, render, vercel, vercel_schedules, railway, flyio, pg_cron, cloudflare)
CASES = [
    (module, name)
    for module in (*SCRIPTS, *OTHERS)
    for name in module.exporter.settings
    if (module, name) != (pg_cron, "secret")
]


@pytest.mark.parametrize(
    ("module", "name"), CASES, ids=[f"{m.__name__.rpartition('.')[2]} {n}" for m, n in CASES]
)
def test_a_nasty_setting_is_refused_or_stays_text(module, name, tmp_path):
    exporter = module.exporter
    for form in exporter.forms:
        try:
            text = exporter.render(plan_for(exporter, *JOBS, form=form, **{name: NASTY}))
        except BadOption:
            continue
        parse(module, text, tmp_path)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (github_actions, "spread", "60"), (github_actions, "spread", "-1"), (qstash, "retries", "many"),
        (pg_cron, "timeout", "1.5"), (render, "secret", "vault"), (vercel, "write", "put"),
        (kubernetes, "prefix", "a/b"), (easycron, "prefix", "x" * 41),
    ],
)  # fmt: skip
def test_a_setting_of_no_use_is_refused_with_the_remedy(module, name, value):
    with pytest.raises(BadOption, match=f"--set {name}: write "):
        module.exporter.render(plan_for(module.exporter, TOYS["daily"], **{name: value}))


def test_none_of_these_needs_a_setting():
    assert not heroku.exporter.settings
    assert not crontap.exporter.settings
