"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # shop/clear-sessions: 0 3 * * *: python manage.py clearsessions
    # - The job runs in its server or worker, without what the pod had: image,
    #   resources, env DJANGO_SETTINGS_MODULE, env DB_PASSWORD.
    Job(
        "clear-sessions",
        command="clearsessions",
        schedule="0 3 * * *",
        timezone="Europe/Berlin",
        timeout=900,
        max_attempts=1,
        overlap="skip",
        expires=3600,
    ),
]
