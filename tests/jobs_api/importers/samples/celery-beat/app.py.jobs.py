"""From jobs_import celery-beat: read each comment, then delete it."""

# A task is called in the run of its job, on the job's executor; what it
# returns goes to the output. Celery's times are in the zone of its app, which
# is UTC unless it says otherwise.

from jobs_api import Job

jobs = [
    # "mails": {"task": "send-mails", "args": ("news",), "kwargs": {"api_token": "***"}}, <crontab: 30 7 * * * (m/h/dM/MY/d)>
    # - A value was left out, as it looks like a secret: api_token. Let the
    #   command read it itself.
    Job(
        "mails",
        call="sample.send_mails",
        args=["news"],
        schedule="30 7 * * *",
        timezone="America/New_York",
        timeout=900,
    ),
    # "tidy": {"task": "samples.tidy", "options": {"time_limit": 60}}, <crontab: 0 1 * * * (m/h/dM/MY/d)>
    Job(
        "tidy",
        call="sample.Tidy.run",
        schedule="0 1 * * *",
        timezone="America/New_York",
        timeout=60,
    ),
    # "unknown": {"task": "shop.tasks.gone"}, <crontab: 0 2 * * * (m/h/dM/MY/d)>
    # - No task of this name is registered.
    Job(
        "unknown",
        call="shop.tasks.gone",
        schedule="0 2 * * *",
        timezone="America/New_York",
        timeout=900,
    ),
]
