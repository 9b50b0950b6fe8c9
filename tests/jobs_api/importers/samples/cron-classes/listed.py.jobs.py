"""From jobs_import cron-classes: read each comment, then delete it."""

# In the modules of the classes, write `from jobs_api.compat.django_cron import
# CronJobBase, Schedule`: django-cron 0.6 cannot be imported on Django 5.2.
# With jobs_api.compat.django_cron in INSTALLED_APPS the classes become jobs by
# themselves, and this file is not needed.

from jobs_api import Job

jobs = [
    # "samples_of_cron_classes.PollJob"
    Job(
        "shop-poll",
        call="samples_of_cron_classes.PollJob.do",
        schedule="*/30 * * * *",
        timeout=86400,
        max_attempts=5,
        description="Ask the partners for news.",
    ),
    # "samples_of_cron_classes.NightJob"
    Job(
        "shop-night_job",
        call="jobs_api.compat.django_cron.running.alone",
        args=["samples_of_cron_classes.NightJob"],
        schedule="30 1,13 * * *",
        timeout=86400,
        max_attempts=8,
        retry_backoff=300,
    ),
    # "samples_of_cron_classes.NightJob"
    Job(
        "shop-night_job-2",
        call="jobs_api.compat.django_cron.running.alone",
        args=["samples_of_cron_classes.NightJob"],
        schedule="5 18 * * *",
        timeout=86400,
        max_attempts=9,
        retry_backoff=300,
    ),
    # "samples_of_cron_classes.PayDay"
    Job(
        "pay-day",
        call="samples_of_cron_classes.PayDay.do",
        schedule="0 6 1,15 * *",
        timeout=86400,
        max_attempts=11,
        overlap="allow",
    ),
    # "samples_of_cron_classes.Workdays"
    Job(
        "shop-workdays",
        call="samples_of_cron_classes.Workdays.do",
        schedule="0 7 * * MON,TUE,WED,THU,FRI",
        timeout=86400,
        max_attempts=11,
    ),
]
