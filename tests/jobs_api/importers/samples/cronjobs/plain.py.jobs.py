"""From jobs_import cronjobs: read each comment, then delete it."""

# Without CRONTAB_LOCK_JOBS, runs could overlap; a job does not, unless it has
# overlap="allow". django-crontab logged a failure and forgot it; a job is
# tried again (max_attempts=3).

from jobs_api import Job

jobs = [
    # ("*/5 * * * *", "shop.cron.poll")
    Job(
        "poll",
        call="shop.cron.poll",
        schedule="*/5 * * * *",
        timezone="America/New_York",
    ),
    # ("0   0 1 * *", "shop.cron.monthly", ">> /var/log/monthly.log 2>&1")
    # - Left out: >> /var/log/monthly.log 2>&1.
    Job(
        "monthly",
        call="shop.cron.monthly",
        schedule="0 0 1 * *",
        timezone="America/New_York",
    ),
    # NOT CARRIED OVER: @reboot is not a time: start it with the server, or let
    # run-due catch up what was missed.
    # ("@reboot", "shop.cron.at_start")
    # ("@daily", "shop.cron.poll")
    # - 'poll' is the name of a job above.
    Job(
        "poll_2",
        call="shop.cron.poll",
        schedule="@daily",
        timezone="America/New_York",
    ),
]
