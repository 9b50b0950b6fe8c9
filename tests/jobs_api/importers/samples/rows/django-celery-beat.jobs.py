"""From jobs_import django-celery-beat: read each comment, then delete it."""

# --app names the Celery app, so that tasks are found by their names. Without
# it, the name of a task is taken as its dotted path.

from jobs_api import Job

jobs = [
    # Nightly report: shop.tasks.work, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=["a", 1], kwargs={"api_key": "***", "full": true}
    # - A value was left out, as it looks like a secret: api_key. Let the
    #   command read it itself.
    # - It was called 'Nightly report'.
    Job(
        "Nightly_report",
        call="shop.tasks.work",
        args=["a", 1],
        options={"full": True},
        schedule="30 3 * * *",
        timezone="Europe/Berlin",
    ),
    # NOT CARRIED OVER: It runs on days of the month that are also certain
    # weekdays, which no cron line can say: declare it for one of the two, and
    # let the command check the other.
    # both days: shop.tasks.work, crontab 0 6 13 * fri (m/h/dM/MY/d) UTC, args=[], kwargs={}
    # bridge: jobs_api.run_due, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=[], kwargs={}
    # - It triggers jobs of jobs_api already.
    # NOT CARRIED OVER: Its arguments are not JSON: "[no json".
    # broken: shop.tasks.work, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=[no json, kwargs={}
    # NOT CARRIED OVER: It is Celery's own: leave it to Celery.
    # celery.backend_cleanup: celery.backend_cleanup, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=[], kwargs={}
    # clearsessions: django.core.management.call_command, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=["clearsessions"], kwargs={}
    Job("clearsessions", schedule="30 3 * * *", timezone="Europe/Berlin"),
    # each 10 minutes: shop.tasks.work, interval every 10 minutes, args=[], kwargs={}
    # - The interval counted from when the scheduler started; the cron line
    #   follows the clock.
    # - Options of Celery are not carried over: {"queue": "slow"}.
    # - It was called 'each 10 minutes'.
    Job(
        "each_10_minutes",
        call="shop.tasks.work",
        schedule="*/10 * * * *",
        description="Ten.",
    ),
    # NOT CARRIED OVER: Each 30 seconds is not a whole number of minutes: cron
    # has no seconds.
    # each 30 seconds: shop.tasks.work, interval every 30 seconds, args=[], kwargs={}
    # NOT CARRIED OVER: Each 7 minutes does not divide an hour or a day: choose
    # a cron line with nearly that rhythm, or let the command decide whether it
    # has work.
    # each 7 minutes: shop.tasks.work, interval every 7 minutes, args=[], kwargs={}
    # NOT CARRIED OVER: It is disabled there.
    # off: shop.tasks.work, crontab 30 3 * * * (m/h/dM/MY/d) Europe/Berlin, args=[], kwargs={}
    # Job(
    #     "off",
    #     call="shop.tasks.work",
    #     schedule="30 3 * * *",
    #     timezone="Europe/Berlin",
    # ),
    # NOT CARRIED OVER: It runs once, which is not a schedule: trigger a job on
    # demand when it is time.
    # once: shop.tasks.work, clocked 2026-03-05 05:23:00+01:00, args=[], kwargs={}
    # sundays: shop.tasks.work, crontab 0 6 * * 0 (m/h/dM/MY/d) UTC, args=[], kwargs={}
    Job(
        "sundays",
        call="shop.tasks.work",
        schedule="0 6 * * SUN",
        timezone="UTC",
        expires=600,
    ),
    # NOT CARRIED OVER: It follows the sun, which no cron line does.
    # sunset: shop.tasks.work, solar Sunset (52.500000, 13.400000), args=[], kwargs={}
    # weekdays: shop.tasks.work, crontab */15 8-17 * * mon-fri (m/h/dM/MY/d) UTC, args=[], kwargs={}
    Job(
        "weekdays",
        call="shop.tasks.work",
        schedule="*/15 8-17 * * MON-FRI",
        timezone="UTC",
    ),
]
