"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # default/either: 0 3 */2 * 1: python manage.py either
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - Kubernetes joins */n of one day field and the other by OR; so does this
    #   line.
    # - The job runs in its server or worker, without what the pod had: image.
    # - It runs on the days of the month and also on the weekdays: cron joins
    #   the two fields by OR.
    # - No command 'either' is in this project: manage.py check will say so.
    Job("either", schedule="0 3 1-31/2 * 1", timezone="UTC"),
    # default/zoned: CRON_TZ=Asia/Kolkata 30 4 ? * MON: python manage.py zoned
    # - The job runs in its server or worker, without what the pod had: image.
    # - No command 'zoned' is in this project: manage.py check will say so.
    Job("zoned", schedule="30 4 * * MON", timezone="Asia/Kolkata"),
    # NOT CARRIED OVER: Each 90 minutes does not divide an hour or a day:
    # choose a cron line with nearly that rhythm, or let the command decide
    # whether it has work.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: every
    # spec:
    #   schedule: '@every 1h30m'
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: a
    #             image: shop
    #             command:
    #             - python
    #             - manage.py
    #             - every
    # default/every-two-hours: @every 2h: python manage.py every
    # - The interval counted from when the scheduler started; the cron line
    #   follows the clock.
    # - The job runs in its server or worker, without what the pod had: image.
    # - No command 'every' is in this project: manage.py check will say so.
    Job(
        "every-two-hours",
        command="every",
        schedule="0 */2 * * *",
        timezone="UTC",
    ),
    # NOT CARRIED OVER: Schedule "0 25 * * *" has "25" as hour, which is not
    # valid. Use 0 to 23, or lists, ranges and steps of them.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: no-time
    # spec:
    #   schedule: 0 25 * * *
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: a
    #             image: shop
    #             command:
    #             - python
    #             - manage.py
    #             - every
]
