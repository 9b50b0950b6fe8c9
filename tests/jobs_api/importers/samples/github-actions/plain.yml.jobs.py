"""From jobs_import github-actions: read each comment, then delete it."""

# Steps that fetch code and install packages are not needed: a job runs where
# the project runs.

from jobs_api import Job

jobs = [
    # 0 3 * * *: cleanup
    # python manage.py cleanup --days 30
    # - The job runs without the variables of the workflow: DATABASE_URL.
    # - No command 'cleanup' is in this project: manage.py check will say so.
    Job(
        "cleanup",
        args=["--days", "30"],
        schedule="0 3 * * *",
        timezone="UTC",
        timeout=900,
        overlap="skip",
    ),
]
