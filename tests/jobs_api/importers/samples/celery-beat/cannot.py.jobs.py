"""From jobs_import celery-beat: read each comment, then delete it."""

# A task is called in the run of its job, on the job's executor; what it
# returns goes to the output. Celery's times are in the zone of its app, which
# is UTC unless it says otherwise.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: Each 30 seconds is not a whole number of minutes: cron
    # has no seconds.
    # "each-30-seconds": {"task": "shop.tasks.tick"}, 30.0
    # NOT CARRIED OVER: Each 7 minutes does not divide an hour or a day: choose
    # a cron line with nearly that rhythm, or let the command decide whether it
    # has work.
    # "each-7-minutes": {"task": "shop.tasks.tick"}, 0:07:00
    # NOT CARRIED OVER: Each 36 hours does not divide an hour or a day: choose
    # a cron line with nearly that rhythm, or let the command decide whether it
    # has work.
    # "each-36-hours": {"task": "shop.tasks.tick"}, <freq: 1.50 days>
    # NOT CARRIED OVER: It follows the sun, which no cron line does.
    # "sunset": {"task": "shop.tasks.lights"}, <Sunset>
    # NOT CARRIED OVER: It runs on days of the month that are also certain
    # weekdays, which no cron line can say: declare it for one of the two, and
    # let the command check the other.
    # "friday-the-13th": {"task": "shop.tasks.luck"}, <crontab: 0 0 13 * fri (m/h/dM/MY/d)>
    # NOT CARRIED OVER: An argument is an object of the class datetime, which
    # cannot be written down.
    # "since": {"task": "shop.tasks.since", "args": (<datetime>)}, <crontab: 0 1 * * * (m/h/dM/MY/d)>
    # NOT CARRIED OVER: It has no task or no schedule.
    # "no-task": {}, <crontab: 0 2 * * * (m/h/dM/MY/d)>
    # NOT CARRIED OVER: 'send mails' is not the dotted path of a function.
    # "no-path": {"task": "send mails"}, <crontab: 0 3 * * * (m/h/dM/MY/d)>
    # NOT CARRIED OVER: It is Celery's own: leave it to Celery.
    # "celery.backend_cleanup": {"task": "celery.backend_cleanup"}, <crontab: 0 4 * * * (m/h/dM/MY/d)>
    # "kept": {"task": "shop.tasks.tick"}, <crontab: 0 5 * * * (m/h/dM/MY/d)>
    Job("kept", call="shop.tasks.tick", schedule="0 5 * * *", timezone="UTC"),
]
