"""Every field of a job is checked when the apps are ready; each error has an id and says what to write."""

from datetime import timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from jobs_api import Job, executors
from jobs_api.registry.validation import check


class Optional(BaseModel):
    days: int = 7


class Required(BaseModel):
    days: int


DAILY = {"schedule": "0 3 * * *"}

WRONG = [
    # the field, its id, what the message names
    ({"name": ""}, "E010", "''"),
    ({"name": "with space"}, "E010", "with space"),
    ({"name": "ünïcode"}, "E010", "ünïcode"),
    ({"name": "a/b"}, "E010", "a/b"),
    ({"name": "a\n"}, "E010", "a"),
    ({"name": "n" * 101}, "E010", "n" * 101),
    ({"name": None}, "E010", "None"),
    ({"name": 5}, "E010", "5"),
    ({"schedule": ""}, "E011", "cron line"),
    ({"schedule": "daily"}, "E011", "daily"),
    ({"schedule": "0 3 * *"}, "E011", "4 fields"),
    ({"schedule": "0 0 3 * * *"}, "E011", "6 fields"),
    ({"schedule": "*/90 * * * *"}, "E011", "90"),
    ({"schedule": "61 * * * *"}, "E011", "61"),
    ({"schedule": "0 24 * * *"}, "E011", "24"),
    ({"schedule": "@reboot"}, "E011", "@reboot"),
    ({"schedule": "0 0 30 2 *"}, "E011", "never"),
    ({"schedule": 5}, "E011", "5"),
    ({"timezone": "Europe/Berlln"}, "E012", "Berlln"),
    ({"timezone": "EST5EDT4"}, "E012", "EST5EDT4"),
    ({"timezone": "../../etc/passwd"}, "E012", "passwd"),
    ({"timezone": 5}, "E012", "5"),
    ({"timezone": ZoneInfo("Europe/Berlin")}, "E012", "Berlin"),
    ({"timeout": 0}, "E013", "timeout=0"),
    ({"timeout": -1}, "E013", "timeout=-1"),
    ({"timeout": "600"}, "E013", "timeout='600'"),
    ({"timeout": None}, "E013", "timeout=None"),
    ({"timeout": True}, "E013", "timeout=True"),
    ({"timeout": float("nan")}, "E013", "timeout=nan"),
    ({"timeout": float("inf")}, "E013", "timeout=inf"),
    ({"timeout": timedelta(0)}, "E013", "timeout=0.0"),
    ({"retry_backoff": -1}, "E013", "retry_backoff"),
    ({"retry_backoff": None}, "E013", "retry_backoff"),
    ({"catch_up_window": 0}, "E013", "catch_up_window"),
    ({"expires": 0}, "E013", "expires"),
    ({"expires": timedelta(seconds=-1)}, "E013", "expires"),
    ({"grace": -0.5}, "E013", "grace"),
    ({"grace": "1h"}, "E013", "grace"),
    ({"max_attempts": 0}, "E014", "max_attempts=0"),
    ({"max_attempts": 1.5}, "E014", "max_attempts=1.5"),
    ({"max_attempts": True}, "E014", "max_attempts=True"),
    ({"max_attempts": None}, "E014", "max_attempts=None"),
    ({"overlap": "forbid"}, "E015", "overlap='forbid'"),
    ({"overlap": True}, "E015", "overlap=True"),
    ({"overlap": []}, "E015", "overlap"),
    ({"catch_up": "newest"}, "E015", "catch_up='newest'"),
    ({"catch_up": None}, "E015", "catch_up=None"),
    ({"executor": "inlin"}, "E016", "inlin"),
    ({"executor": 5}, "E016", "5"),
    ({"command": 5}, "E017", "command"),
    ({"description": None}, "E017", "description"),
    ({"args": "--days 7"}, "E018", "--days 7"),
    ({"args": None}, "E018", "None"),
    ({"args": {"--days": 7}}, "E018", "--days"),
    ({"options": ["days"]}, "E019", "days"),
    ({"options": None}, "E019", "None"),
    ({"options": {1: 2}}, "E019", "1"),
    ({"executor_options": ["queue"]}, "E023", "queue"),
    ({"params": {"days": int}}, "E020", "days"),
    ({"params": dict}, "E020", "dict"),
    ({"params": Optional()}, "E020", "days=7"),
    ({"params": Required, **DAILY}, "E021", "days"),
    ({"params": Required, "options": {"days": 7}}, "E022", "days"),
    ({"owner": None}, "E026", "None"),
    ({"owner": ("ops", "billing")}, "E026", "ops"),
    ({"owner": "ops\nbilling"}, "E026", "ops"),
    ({"owner": "ops\u2028billing"}, "E026", "ops"),
    ({"owner": " ops"}, "E026", "ops"),
    ({"owner": "\x1b[2Kops"}, "E026", "ops"),
    ({"owner": "o" * 101}, "E026", "ooo"),
    ({"runbook": None}, "E027", "None"),
    ({"runbook": "docs/nightly.md"}, "E027", "docs/nightly.md"),
    ({"runbook": "/runbooks/nightly"}, "E027", "/runbooks"),
    ({"runbook": "wiki.example.com/nightly"}, "E027", "wiki"),
    ({"runbook": "//wiki.example.com/nightly"}, "E027", "wiki"),
    ({"runbook": "ftp://wiki.example.com/nightly"}, "E027", "ftp"),
    ({"runbook": "javascript:alert(1)"}, "E027", "javascript"),
    ({"runbook": "https://"}, "E027", "https://"),
    ({"runbook": "https://:443/x"}, "E027", "443"),
    ({"runbook": "https://wiki.example.com:port/x"}, "E027", "port"),
    ({"runbook": "https://[::1/x"}, "E027", "[::1"),
    ({"runbook": "https://wiki.example.com\\@evil.example.com/"}, "E027", "evil"),
    ({"runbook": "https://wiki.example.com/a b"}, "E027", "a b"),
    ({"runbook": " https://wiki.example.com/"}, "E027", "wiki"),
    ({"runbook": "https://wiki.example.com/\n"}, "E027", "wiki"),
    ({"runbook": "https://wiki.example.com/" + "x" * 500}, "E027", "wiki"),
    ({"tags": "billing"}, "E028", "'billing'"),
    ({"tags": ("billing")}, "E028", "'billing'"),  # a tuple of one has a comma
    ({"tags": None}, "E028", "None"),
    ({"tags": {"billing": 1}}, "E028", "billing"),
    ({"tags": {"billing"}}, "E028", "billing"),
    ({"tags": ["billing", 5]}, "E028", "5"),
    ({"tags": ["billing", ""]}, "E028", "''"),
    ({"tags": ["two words"]}, "E028", "two words"),
    ({"tags": ["a,b"]}, "E028", "a,b"),
    ({"tags": ["bill*"]}, "E028", "bill*"),
    ({"tags": ["a\n"]}, "E028", "a"),
    ({"tags": ["t" * 51]}, "E028", "ttt"),
    ({"tags": [f"tag-{number}" for number in range(21)]}, "E028", "21"),
    ({"tags": ["a", "b", "a"]}, "E028", "'a'"),
]


def faults_of(**fields):
    fields = {"name": "nightly", "command": "toy", **fields}
    return list(check(Job(fields.pop("name"), **fields), "shop.jobs", executors.fault))


def told(value):
    return str(value)[:60]


@pytest.mark.parametrize(("fields", "number", "named"), WRONG, ids=told)
def test_a_wrong_field_is_one_error_with_id_and_hint(fields, number, named):
    (fault,) = faults_of(**fields)
    assert fault.id == f"jobs_api.{number}"
    assert named in fault.text
    assert "shop.jobs" in fault.text
    assert len(fault.hint) > 10


RIGHT = [
    {},
    DAILY,
    {"name": "N" * 100},
    {"name": "a-b_C9"},
    {"schedule": "@hourly"},
    {"schedule": "*/5 9-17 * * MON-FRI", "timezone": "Asia/Kathmandu"},
    {"timeout": 0.5},
    {"timeout": timedelta(minutes=5), "retry_backoff": timedelta(0), "expires": timedelta(days=1)},
    {"retry_backoff": 0, "grace": 0},
    {"expires": None, "grace": None},
    {"max_attempts": 1},
    {"overlap": "allow", "catch_up": "all"},
    {"overlap": "skip", "catch_up": "none"},
    {"executor": "inline"},
    {"args": ["--days", "7"]},
    {"args": ("x",)},
    {"options": MappingProxyType({"verbosity": 0})},
    {"params": Optional, **DAILY},
    {"params": Required},
    {"owner": "", "runbook": "", "tags": ()},
    {"owner": "Zoë & the “Billing” team <ops@example.com>"},
    {"owner": "o" * 100},
    {"runbook": "https://wiki.example.com/runbooks/nightly?spaceKey=OPS&v=2#what-to-do"},
    {"runbook": "http://10.0.0.1:8080/"},
    {"runbook": "https://[::1]:8080/x"},
    {"runbook": "https://wiki.example.com/@ops/x"},
    {"runbook": "https://wiki.example.com/" + "x" * 475},
    {"tags": ["billing"]},
    {"tags": ("team:billing", "tier-1", "v1.2", "crm/mail", "a_b", "größe", "a+b")},
    {"tags": [f"tag-{number}" for number in range(20)]},
    {"tags": ["t" * 50]},
]


def test_tags_that_are_one_text_are_told_how_a_tuple_of_one_is_written():
    (fault,) = faults_of(tags="billing")
    assert '("billing",)' in fault.hint


@pytest.mark.parametrize(
    "address", ["https://ana:horse@wiki.example.com/x", "https://horse@wiki.example.com/"]
)
def test_a_runbook_with_a_password_is_refused_and_the_password_not_shown(address):
    (fault,) = faults_of(runbook=address)
    assert fault.id == "jobs_api.E027"
    assert "horse" not in str(fault)


def test_tags_are_kept_as_a_tuple():
    tags = ["billing", "nightly"]
    job = Job("nightly", tags=tags)
    tags.append("later")
    assert job.tags == ("billing", "nightly")


@pytest.mark.parametrize("fields", RIGHT, ids=told)
def test_a_right_field_is_no_error(fields):
    assert faults_of(**fields) == []


def test_all_errors_of_a_job_are_told_at_once():
    found = faults_of(schedule="never", timeout=-1, max_attempts=0, overlap="x", catch_up="y", executor="z")
    assert [fault.id[-4:] for fault in found] == ["E011", "E013", "E014", "E015", "E015", "E016"]


def test_a_wrong_line_and_a_wrong_zone_are_told_at_once():
    job = Job("nightly", schedule="61 3 * * *", timezone="Berlin")
    assert [fault.id for fault in check(job, "shop.jobs", executors.fault)] == [
        "jobs_api.E011",
        "jobs_api.E012",
    ]


def test_a_job_has_the_defaults_of_the_contract():
    job = Job("nightly")
    assert (job.command, job.args, dict(job.options), job.params) == ("nightly", (), {}, None)
    assert (job.schedule, job.timezone, job.slots.timezone) == (None, None, "UTC")
    assert (job.timeout, job.max_attempts, job.retry_backoff) == (3600, 3, 60)
    assert (job.overlap, job.catch_up, job.catch_up_window) == ("skip", "latest", 24 * 3600)
    assert (job.expires, job.executor_name, job.grace, job.description) == (None, "inline", None, "")


def test_a_job_is_frozen():
    with pytest.raises(AttributeError):
        Job("nightly").schedule = "0 3 * * *"


def test_only_the_name_can_be_given_by_position():
    with pytest.raises(TypeError):
        Job("nightly", "toy")


def test_the_zone_of_the_settings_is_that_of_a_job_that_names_none(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    assert Job("nightly", **DAILY).slots.timezone == "Asia/Tokyo"


def test_the_backoff_doubles_from_the_first_retry():
    job = Job("nightly", retry_backoff=60)
    assert [job.backoff(tries).total_seconds() for tries in (1, 2, 3, 4)] == [60, 120, 240, 480]
    assert Job("nightly", retry_backoff=0).backoff(3) == timedelta(0)
