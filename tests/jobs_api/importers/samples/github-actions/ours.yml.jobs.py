"""From jobs_import github-actions: read each comment, then delete it."""

# Steps that fetch code and install packages are not needed: a job runs where
# the project runs.

from jobs_api import Job

jobs = [
    # 0 3 * * *: trigger
    # curl -fsS -X POST -H "Authorization: *** $CRON_SECRET" \
    #   "https://shop.example.com/api/jobs/nightly/run?source=github-actions"
    # - It triggers the job 'nightly' in jobs_api already.
]
