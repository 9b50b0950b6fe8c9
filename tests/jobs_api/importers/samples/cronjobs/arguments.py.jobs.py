"""From jobs_import cronjobs: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE. Without CRONTAB_LOCK_JOBS, runs could overlap; a
# job does not, unless it has overlap="allow". django-crontab logged a failure
# and forgot it; a job is tried again (max_attempts=3).

from jobs_api import Job

jobs = [
    # CRONTAB_COMMAND_PREFIX = "STAGE=production API_TOKEN=***"
    # - A job runs in its server or worker, and its output is kept: this text
    #   has no place here.
    # CRONTAB_COMMAND_SUFFIX = "2>&1"
    # - A job runs in its server or worker, and its output is kept: this text
    #   has no place here.
    # ("0 4 * * *", "shop.cron.tidy", [30, "old"], {"dry_run": False, "api_key": "***"})
    # - A value was left out, as it looks like a secret: api_key. Let the
    #   command read it itself.
    Job(
        "tidy",
        call="shop.cron.tidy",
        args=[30, "old"],
        options={"dry_run": False},
        schedule="0 4 * * *",
        overlap="skip",
    ),
    # ["15 4 * * *", "shop.cron.tidy", [7], {}, ">> /tmp/tidy.log"]
    # - Left out: >> /tmp/tidy.log.
    # - 'tidy' is the name of a job above.
    Job(
        "tidy_2",
        call="shop.cron.tidy",
        args=[7],
        schedule="15 4 * * *",
        overlap="skip",
    ),
    # NOT CARRIED OVER: An argument is an object of the class date, which
    # cannot be written down.
    # ("30 4 * * *", "shop.cron.since", (<date>))
    # ("45 4 * * *", "shop.cron.nested", [], {"filters": {"a": [1, (2, None)], "b": 0.5}})
    Job(
        "nested",
        call="shop.cron.nested",
        options={"filters": {"a": [1, (2, None)], "b": 0.5}},
        schedule="45 4 * * *",
        overlap="skip",
    ),
]
