"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: django-crontab wrote it from CRONJOBS: import them with
    # `jobs_import cronjobs`.
    # 0 3 * * * /srv/shop/venv/bin/python /srv/shop/manage.py crontab run 4f2a9b0c7d8e1f3a5b6c7d8e9f0a1b2c  # django-cronjobs for shop
    # NOT CARRIED OVER: It starts the classes of django-cron: import them with
    # `jobs_import cron-classes`; `jobs_run_due` takes its place.
    # */5 * * * * /srv/shop/venv/bin/python /srv/shop/manage.py runcrons >> /var/log/runcrons.log 2>&1
    # 0 4 * * * /srv/shop/venv/bin/python /srv/shop/manage.py runjobs daily
    # - No command 'runjobs' is in this project: manage.py check will say so.
    Job("runjobs", args=["daily"], schedule="0 4 * * *"),
    # 0 5 * * * /srv/shop/venv/bin/python /srv/shop/manage.py runscript tidy --script-args 30
    # - No command 'runscript' is in this project: manage.py check will say so.
    Job(
        "runscript",
        args=["tidy", "--script-args", "30"],
        schedule="0 5 * * *",
    ),
]
