"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # default/nightly: 0 3 * * *: curl -fsS -X POST https://shop.example.com/api/jobs/nightly/run?source=kubernetes
    # - It triggers the job 'nightly' in jobs_api already.
    # default/by-command: 0 4 * * *: python manage.py jobs_run weekly --quiet
    # - It triggers the job 'weekly' in jobs_api already.
]
