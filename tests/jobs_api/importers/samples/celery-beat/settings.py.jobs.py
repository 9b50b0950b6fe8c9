"""From jobs_import celery-beat: read each comment, then delete it."""

# A task is called in the run of its job, on the job's executor; what it
# returns goes to the output. Celery's times are in the zone of its app, which
# is UTC unless it says otherwise.

from jobs_api import Job

jobs = [
    # "nightly-report": {"task": "shop.tasks.report"}, <crontab: 30 3 * * * (m/h/dM/MY/d)>
    Job(
        "nightly-report",
        call="shop.tasks.report",
        schedule="30 3 * * *",
        timezone="Europe/Berlin",
    ),
    # "workdays": {"task": "shop.tasks.open_shop", "args": ("eu",), "kwargs": {"dry_run": False}}, <crontab: 0 8-17/3 * * mon-fri (m/h/dM/MY/d)>
    Job(
        "workdays",
        call="shop.tasks.open_shop",
        args=["eu"],
        options={"dry_run": False},
        schedule="0 8,11,14,17 * * MON-FRI",
        timezone="Europe/Berlin",
    ),
    # "poll": {"task": "shop.tasks.poll", "options": {"expires": 600}}, <crontab: */15 * * * * (m/h/dM/MY/d)>
    Job(
        "poll",
        call="shop.tasks.poll",
        schedule="*/15 * * * *",
        timezone="Europe/Berlin",
        expires=600,
    ),
    # "first of the quarter": {"task": "shop.tasks.close", "options": {"queue": "slow", "priority": 3}}, <crontab: 0 0 1 */3 * (m/h/dM/MY/d)>
    # - Options of Celery are not carried over: {"queue": "slow", "priority":
    #   3}.
    # - It was called 'first of the quarter'.
    Job(
        "first_of_the_quarter",
        call="shop.tasks.close",
        schedule="0 0 1 */3 *",
        timezone="Europe/Berlin",
    ),
    # "each-hour": {"task": "shop.tasks.tick"}, 1:00:00
    # - The interval counted from when the scheduler started; the cron line
    #   follows the clock.
    Job(
        "each-hour",
        call="shop.tasks.tick",
        schedule="0 * * * *",
        timezone="Europe/Berlin",
    ),
    # "each-five-minutes": {"task": "shop.tasks.tick"}, 300.0
    # - The interval counted from when the scheduler started; the cron line
    #   follows the clock.
    Job(
        "each-five-minutes",
        call="shop.tasks.tick",
        schedule="*/5 * * * *",
        timezone="Europe/Berlin",
    ),
    # "clearsessions": {"task": "django.core.management.call_command", "args": ["clearsessions"]}, <crontab: 0 4 * * * (m/h/dM/MY/d)>
    Job("clearsessions", schedule="0 4 * * *", timezone="Europe/Berlin"),
]
