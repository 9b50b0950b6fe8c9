"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # default/report.daily: 30 6 * * 1-5: ./manage.py report --daily
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - The job runs in its server or worker, without what the pod had: image.
    # - It was called 'report.daily'.
    # - No command 'report' is in this project: manage.py check will say so.
    Job(
        "report_daily",
        command="report",
        args=["--daily"],
        schedule="30 6 * * 1-5",
        timezone="UTC",
        overlap="allow",
    ),
    # NOT CARRIED OVER: It is suspended there.
    # default/report.weekly: 30 6 * * sun: ./manage.py report --weekly
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - The job runs in its server or worker, without what the pod had: image.
    # - It was called 'report.weekly'.
    # Job(
    #     "report_weekly",
    #     command="report",
    #     args=["--weekly"],
    #     schedule="30 6 * * sun",
    #     timezone="UTC",
    # ),
]
