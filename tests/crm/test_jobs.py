import pkgutil

import pytest
from django.core.management import load_command_class

from crm import conf
from crm.jobs import HOUR, jobs
from crm.management import commands
from crm.management.commands import deliver_webhooks
from jobs_api import executors
from jobs_api.registry.validation import check

by_name = {job.name: job for job in jobs}
COMMANDS = [module.name for module in pkgutil.iter_modules(commands.__path__)]


def test_every_job_has_the_schedule_that_was_agreed():
    assert {job.name: job.schedule for job in jobs} == {
        "cleanup_inactive_customers": "0 2 * * 0",
        "send_order_reminders": "0 8 * * *",
        "log_heartbeat": "*/5 * * * *",
        "update_low_stock": "0 */12 * * *",
        "generate_crm_report": "0 6 * * 1",
        "cleanup_stale_drafts": "0 3 * * *",
        "reconcile_payments": "0 * * * *",
        "moderate_uploads": "30 4 * * *",
        "send_daily_digest": "0 7 * * *",
        "deliver_webhooks": "*/2 * * * *",
        "clear_sessions": "15 3 * * *",
        "archive_job_runs": "45 3 * * *",
    }


def test_no_job_has_a_fault():
    assert [str(fault) for job in jobs for fault in check(job, "crm.jobs", executors.fault)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_this_app_says_what_it_does(name):
    assert load_command_class("crm", name).help


def test_every_command_of_this_app_is_a_job_or_for_a_person():
    assert set(COMMANDS) == {*by_name, "seed_crm", "crm_api_key"} - {"clear_sessions", "archive_job_runs"}


def test_sessions_are_cleared_by_django():
    assert by_name["clear_sessions"].command == "clearsessions"


def test_runs_are_archived_where_settings_say():
    job = by_name["archive_job_runs"]
    assert (job.command, list(job.args)) == ("jobs_prune", ["--archive", str(conf.archive_dir())])


def test_no_hour_of_payments_is_left_out():
    job = by_name["reconcile_payments"]
    assert (job.catch_up, job.catch_up_window) == ("all", 7 * 24 * HOUR)


def test_a_late_heartbeat_is_none():
    job = by_name["log_heartbeat"]
    assert (job.max_attempts, job.catch_up, job.expires) == (1, "none", 300)


@pytest.mark.parametrize("name", ["send_order_reminders", "send_daily_digest"])
def test_mails_of_the_morning_go_out_by_the_evening_or_not_at_all(name):
    assert (by_name[name].catch_up, by_name[name].expires) == ("latest", 12 * HOUR)


def test_webhooks_have_time_for_the_last_one_they_begin():
    longest = 2 * 20  # to connect, and to answer; `check` allows no more
    assert by_name["deliver_webhooks"].timeout >= deliver_webhooks.RUN_SECONDS + longest + 5


def test_a_frequent_job_is_over_before_its_next_slot():
    for name, gap in {"deliver_webhooks": 120, "log_heartbeat": 300, "reconcile_payments": 3600}.items():
        assert by_name[name].timeout <= gap


def test_every_job_says_whom_to_ask_and_what_to_do():
    assert [job.name for job in jobs if not (job.owner and job.runbook and job.tags)] == []
