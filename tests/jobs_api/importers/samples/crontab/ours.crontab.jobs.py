"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 3 * * * curl -fsS -X POST -H @/etc/jobs_api/header https://shop.example.com/api/jobs/nightly/run?source=crontab
    # - It triggers the job 'nightly' in jobs_api already.
    # */5 * * * * curl -fsS -X POST -H "Authorization: *** ***" "https://shop.example.com/api/run-due"
    # - It triggers what is due in jobs_api already.
    # 0 4 * * * cd /srv/shop && venv/bin/python manage.py jobs_run weekly --quiet
    # - It triggers the job 'weekly' in jobs_api already.
    # */5 * * * * cd /srv/shop && venv/bin/python manage.py jobs_run_due --quiet
    # - It triggers what is due in jobs_api already.
    # 0 5 * * * cd /srv/shop && venv/bin/python manage.py jobs_prune --days 400
    # - Left out: cd /srv/shop.
    Job("jobs_prune", args=["--days", "400"], schedule="0 5 * * *"),
]
