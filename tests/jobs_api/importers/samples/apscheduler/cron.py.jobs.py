"""From jobs_import apscheduler: read each comment, then delete it."""

# In APScheduler, 0 is Monday: weekdays are written by name here.

from jobs_api import Job

jobs = [
    # mondays: sample:work, cron[month='*', day='*', day_of_week='0', hour='3', minute='0'], args=(1, 2), kwargs={}
    Job(
        "mondays",
        call="sample.work",
        args=[1, 2],
        schedule="0 3 * * MON",
        timezone="UTC",
    ),
    # office hours: sample:work, cron[day_of_week='mon-fri', hour='8-17', minute='*/20'], args=(), kwargs={}
    # - It was called 'office hours'.
    Job(
        "office_hours",
        call="sample.work",
        schedule="*/20 8-17 * * MON-FRI",
        timezone="Europe/Berlin",
    ),
    # sample:work, cron[day='last', hour='23', minute='50'], args=(), kwargs={}
    Job(
        "work",
        call="sample.work",
        schedule="50 23 L * *",
        timezone="Europe/Berlin",
        overlap="allow",
    ),
    # board: sample:work, cron[day='1st mon,3rd mon', hour='6'], args=(), kwargs={}
    Job(
        "board",
        call="sample.work",
        schedule="0 6 * * MON#1,MON#3",
        timezone="Europe/Berlin",
    ),
    # beer: sample:work, cron[day='last fri', hour='6'], args=(), kwargs={}
    Job(
        "beer",
        call="sample.work",
        schedule="0 6 * * 5L",
        timezone="Europe/Berlin",
        expires=3600,
    ),
    # weekend: sample:work, cron[day_of_week='5,6', hour='4', minute='5'], args=(), kwargs={}
    # - The jitter of 30 s is not carried over.
    Job(
        "weekend",
        call="sample.work",
        schedule="5 4 * * SUN,SAT",
        timezone="UTC",
    ),
    # first-tuesday: sample:work, cron[month='jan-mar', day='1-7', day_of_week='tue'], args=(), kwargs={}
    Job(
        "first-tuesday",
        call="sample.work",
        schedule="0 0 * 1-3 TUE#1",
        timezone="Europe/Berlin",
    ),
    # twice: sample:work, or[cron[hour='2'], cron[hour='14', minute='30']], args=(), kwargs={}
    Job("twice", call="sample.work", schedule="0 2 * * *", timezone="UTC"),
    # twice: sample:work, or[cron[hour='2'], cron[hour='14', minute='30']], args=(), kwargs={}
    # - 'twice' is the name of a job above.
    Job("twice_2", call="sample.work", schedule="30 14 * * *", timezone="UTC"),
    # clearsessions: django.core.management:call_command, cron[hour='5'], args=("clearsessions",), kwargs={}
    Job("clearsessions", schedule="0 5 * * *", timezone="Europe/Berlin"),
]
