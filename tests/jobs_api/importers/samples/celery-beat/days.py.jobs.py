"""From jobs_import celery-beat: read each comment, then delete it."""

# A task is called in the run of its job, on the job's executor; what it
# returns goes to the output. Celery's times are in the zone of its app, which
# is UTC unless it says otherwise.

from jobs_api import Job

jobs = [
    # "first-monday": {"task": "shop.tasks.m"}, <crontab: 0 6 1-7 * mon (m/h/dM/MY/d)>
    Job(
        "first-monday",
        call="shop.tasks.m",
        schedule="0 6 * * MON#1",
        timezone="UTC",
    ),
    # "last-days": {"task": "shop.tasks.m"}, <crontab: 0 6 28-31 * * (m/h/dM/MY/d)>
    Job(
        "last-days",
        call="shop.tasks.m",
        schedule="0 6 28-31 * *",
        timezone="UTC",
    ),
    # "odd-mondays": {"task": "shop.tasks.m"}, <crontab: 0 6 */2 * monday (m/h/dM/MY/d)>
    Job(
        "odd-mondays",
        call="shop.tasks.m",
        schedule="0 6 */2 * MON",
        timezone="UTC",
    ),
    # "weekend": {"task": "shop.tasks.m"}, <crontab: 0 6 * * sat,sun (m/h/dM/MY/d)>
    Job(
        "weekend",
        call="shop.tasks.m",
        schedule="0 6 * * SUN,SAT",
        timezone="UTC",
    ),
    # "over-the-end": {"task": "shop.tasks.m"}, <crontab: 0 22-2 * * fri-mon (m/h/dM/MY/d)>
    Job(
        "over-the-end",
        call="shop.tasks.m",
        schedule="0 0-2,22,23 * * SUN,MON,FRI,SAT",
        timezone="UTC",
    ),
    # "each minute of an hour": {"task": "shop.tasks.m"}, <crontab: * 4 * * * (m/h/dM/MY/d)>
    # - It was called 'each minute of an hour'.
    # - It runs 60 times a day, in each minute of the hour 4. Once would be "0
    #   4 ...".
    Job(
        "each_minute_of_an_hour",
        call="shop.tasks.m",
        schedule="* 4 * * *",
        timezone="UTC",
    ),
    # "sets": {"task": "shop.tasks.m"}, <crontab: [5, 35] {1, 2, 3, 4, 9} * * * (m/h/dM/MY/d)>
    Job(
        "sets",
        call="shop.tasks.m",
        schedule="5,35 1-4,9 * * *",
        timezone="UTC",
    ),
]
