"""Exports to vendors without a validator pass our own, which refuse what is broken."""

from __future__ import annotations

import pytest

from jobs_api.exporters import all_exporters
from tests.jobs_api.exporters.structures import CHECKS
from tests.jobs_api.exporters.toys import plan_for

FORMS = [(platform, form) for platform in CHECKS for form in all_exporters()[platform].forms]
BROKEN = [
    ("render", "    schedule:", "    schedul:"),
    ("render", "type: cron", "type: worker"),
    ("render", "envVarKey:", "property:"),
    ("render", 'schedule: "15 3 * * *"', 'schedule: "15 3 * *"'),
    ("render", 'schedule: "15 3 * * *"', 'schedule: "75 3 * * *"'),
    ("render", 'schedule: "15 3 * * *"', 'schedule: "15 3 * * MON"'),
    ("railway", "\ncronSchedule", "\ncron_schedule"),
    ("railway", '"NEVER"', '"SOMETIMES"'),
    ("railway", '= "15 3 * * *"', '= "15 24 * * *"'),
    ("vercel", '"crons"', '"cron"'),
    ("vercel", '"path": "/', '"path": "'),
    ("vercel", '"schedule": "15 3', '"timezone": "UTC", "schedule": "15 3'),
    ("vercel", '"15 3 * * *"', '"15 3 L * *"'),
    ("vercel-schedules", '"timezone"', '"timeZone"'),
    ("vercel-schedules", '"GET"', '"POST"'),
    ("vercel-schedules", '"path"', '"function": "api/x.js", "path"'),
    ("crontap", '"interval"', '"cron"'),
    ("crontap", '"POST"', '"GET"'),
    ("flyio", "CRON_TZ=UTC\n", ""),
    ("flyio", "\n15 3 * * * ", "\n15 3 * * "),
    ("flyio", "\n15 3 * * * ", "\n15 3 * * 7 "),
    ("heroku", "Every 10 minutes", "Every 5 minutes"),
    ("heroku", "Run Command:", "Command:"),
]


@pytest.mark.parametrize(("platform", "form"), FORMS)
def test_an_export_is_as_its_vendor_documents(platform, form):
    exporter = all_exporters()[platform]
    ways = [{"write": "get"}, {"write": "post"}] if "write" in exporter.settings else [{}]
    for settings in ways:
        assert CHECKS[platform](exporter.render(plan_for(exporter, form=form, **settings))) == []


@pytest.mark.parametrize(("platform", "old", "new"), BROKEN)
def test_a_broken_one_is_refused(platform, old, new):
    exporter = all_exporters()[platform]
    text = exporter.render(plan_for(exporter))
    assert old in text
    assert CHECKS[platform](text.replace(old, new, 1)) != []
