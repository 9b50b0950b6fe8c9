"""From jobs_import apscheduler: read each comment, then delete it."""

# In APScheduler, 0 is Monday: weekdays are written by name here.

from jobs_api import Job

jobs = [
    # quarters: sample:work, interval[0:15:00], args=(), kwargs={}
    Job(
        "quarters",
        call="sample.work",
        schedule="8-59/15 * * * *",
        timezone="America/New_York",
    ),
    # six-hours: sample:work, interval[6:00:00], args=(), kwargs={}
    Job(
        "six-hours",
        call="sample.work",
        schedule="23 4-23/6 * * *",
        timezone="America/New_York",
    ),
    # days: sample:work, interval[1 day, 0:00:00], args=(), kwargs={}
    Job(
        "days",
        call="sample.work",
        schedule="23 4 * * *",
        timezone="America/New_York",
    ),
    # weeks: sample:work, interval[7 days, 0:00:00], args=(), kwargs={}
    # - It ends at 2030-01-01T00:00:00-05:00, which is not carried over.
    Job(
        "weeks",
        call="sample.work",
        schedule="23 4 * * MON",
        timezone="America/New_York",
    ),
    # NOT CARRIED OVER: Each 90 seconds is not a whole number of minutes: cron
    # has no seconds.
    # ninety: sample:work, interval[0:01:30], args=(), kwargs={}
    # NOT CARRIED OVER: Each 7 hours does not divide an hour or a day: choose a
    # cron line with nearly that rhythm, or let the command decide whether it
    # has work.
    # seven-hours: sample:work, interval[7:00:00], args=(), kwargs={}
    # NOT CARRIED OVER: It runs once, which is not a schedule: trigger a job on
    # demand when it is time.
    # once: sample:work, date[2030-01-01 00:00:00 EST], args=(), kwargs={}
    # NOT CARRIED OVER: It restricts the second (*/10), which cron cannot.
    # seconds: sample:work, cron[second='*/10'], args=(), kwargs={}
    # NOT CARRIED OVER: It restricts the week (1), which cron cannot.
    # first-week: sample:work, cron[week='1'], args=(), kwargs={}
    # NOT CARRIED OVER: It runs on days of the month that are also certain
    # weekdays, which no cron line can say: declare it for one of the two, and
    # let the command check the other.
    # both-days: sample:work, cron[day='15', day_of_week='mon'], args=(), kwargs={}
    # NOT CARRIED OVER: It calls an object that has no name: give it a function
    # in a module.
    # lambda: None, cron[hour='1'], args=(), kwargs={}
    # NOT CARRIED OVER: It is paused there.
    # paused: sample:work, interval[0:30:00], args=(), kwargs={}
    # Job(
    #     "paused",
    #     call="sample.work",
    #     schedule="23,53 * * * *",
    #     timezone="America/New_York",
    # ),
    # NOT CARRIED OVER: An argument is an object of the class set, which cannot
    # be written down.
    # set: sample:work, cron[hour='1'], args=(), kwargs={"password": "***", "left": <set>}
    # secret: ***, cron[hour='1'], args=(), kwargs={"password": "***"}
    # - A value was left out, as it looks like a secret: password. Let the
    #   command read it itself.
    Job(
        "secret",
        call="sample.work",
        schedule="0 1 * * *",
        timezone="America/New_York",
    ),
]
