"""From jobs_import cronjobs: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE. Without CRONTAB_LOCK_JOBS, runs could overlap; a
# job does not, unless it has overlap="allow". django-crontab logged a failure
# and forgot it; a job is tried again (max_attempts=3).

from jobs_api import Job

jobs = [
    # ("* 4 * * *", "django.core.management.call_command", ["clearsessions"], {}, ">> /var/log/cron.log")
    # - Left out: >> /var/log/cron.log.
    # - It runs 60 times a day, in each minute of the hour 4. Once would be "0
    #   4 ...".
    Job("clearsessions", schedule="* 4 * * *"),
    # ("0 5 * * *", "django.core.management.call_command", ["dumpdata", "shop"], {"indent": 2}, ">> /var/log/cron.log")
    # - Left out: >> /var/log/cron.log.
    Job(
        "dumpdata",
        args=["shop"],
        options={"indent": 2},
        schedule="0 5 * * *",
    ),
    # ("*/23 * * * *", "django.core.management.call_command", ["clearsessions"], {}, ">> /var/log/cron.log")
    # - Left out: >> /var/log/cron.log.
    # - 'clearsessions' is the name of a job above.
    # - */23 is uneven: it begins again at each full hour, after a shorter gap.
    Job("clearsessions_2", command="clearsessions", schedule="*/23 * * * *"),
]
