"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 1 * * * /srv/shop/manage.py sync --region eu
    # - No command 'sync' is in this project: manage.py check will say so.
    Job("sync", args=["--region", "eu"], schedule="0 1 * * *"),
    # 0 2 * * * /srv/shop/manage.py sync --region us
    # - 'sync' is the name of a job above.
    # - No command 'sync' is in this project: manage.py check will say so.
    Job(
        "sync_2",
        command="sync",
        args=["--region", "us"],
        schedule="0 2 * * *",
    ),
    # 0 3 * * * /srv/shop/manage.py sync --region us
    # - 'sync' is the name of a job above.
    # - No command 'sync' is in this project: manage.py check will say so.
    Job(
        "sync_3",
        command="sync",
        args=["--region", "us"],
        schedule="0 3 * * *",
    ),
    # 0 4 * * * /srv/shop/manage.py sync_2
    # - 'sync_2' is the name of a job above.
    # - No command 'sync_2' is in this project: manage.py check will say so.
    Job("sync_2_2", command="sync_2", schedule="0 4 * * *"),
]
