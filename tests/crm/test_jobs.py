from django.core.management import load_command_class

from crm import conf
from crm.jobs import jobs
from jobs_api.declarations import check

by_name = {job.name: job for job in jobs}


def test_every_job_has_the_schedule_that_was_agreed():
    assert {job.name: job.schedule for job in jobs} == {
        "cleanup_inactive_customers": "0 2 * * 0",
        "log_heartbeat": "*/5 * * * *",
        "cleanup_stale_drafts": "0 3 * * *",
        "clear_sessions": "15 3 * * *",
        "archive_job_runs": "45 3 * * *",
    }


def test_no_job_has_a_fault():
    assert [str(fault) for job in jobs for fault in check(job, "crm.jobs")] == []


def test_the_commands_of_this_app_say_what_they_do():
    for name in ("cleanup_inactive_customers", "log_heartbeat", "cleanup_stale_drafts", "seed_crm"):
        assert load_command_class("crm", name).help


def test_sessions_are_cleared_by_django():
    assert by_name["clear_sessions"].command == "clearsessions"


def test_runs_are_archived_where_settings_say():
    job = by_name["archive_job_runs"]
    assert (job.command, list(job.args)) == ("jobs_prune", ["--archive", str(conf.archive_dir())])


def test_a_late_heartbeat_is_none():
    job = by_name["log_heartbeat"]
    assert (job.max_attempts, job.catch_up, job.expires) == (1, "none", 300)
