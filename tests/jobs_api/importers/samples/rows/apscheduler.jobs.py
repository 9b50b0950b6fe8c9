"""From jobs_import apscheduler: read each comment, then delete it."""

# In APScheduler, 0 is Monday: weekdays are written by name here.

from jobs_api import Job

jobs = [
    # two hours: tests.jobs_api.importers.host.work:work, interval[2:00:00], args=(), kwargs={}
    # - It was called 'two hours'.
    Job(
        "two_hours",
        call="tests.jobs_api.importers.host.work.work",
        schedule="23 1-23/2 * * *",
        timezone="Europe/Berlin",
    ),
    # NOT CARRIED OVER: Its state cannot be read: UnpicklingError.
    # unreadable
    # workdays: tests.jobs_api.importers.host.work:work, cron[day_of_week='0-4', hour='7'], args=(1,), kwargs={"token": "***"}
    # - A value was left out, as it looks like a secret: token. Let the command
    #   read it itself.
    Job(
        "workdays",
        call="tests.jobs_api.importers.host.work.work",
        args=[1],
        schedule="0 7 * * MON-FRI",
        timezone="Europe/Berlin",
    ),
]
