"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # default/monthly: @monthly: /bin/sh -c set -e\ncd /code\npython manage.py invoices --month last\n
    # - Left out: /bin/sh -c, set -e, cd /code.
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - concurrencyPolicy Replace ended the old run; here the new slot is
    #   skipped (see also timeout).
    # - The job runs in its server or worker, without what the pod had: image.
    # - No command 'invoices' is in this project: manage.py check will say so.
    Job(
        "monthly",
        command="invoices",
        args=["--month", "last"],
        schedule="@monthly",
        timezone="UTC",
        overlap="skip",
    ),
    # NOT CARRIED OVER: It runs more than one command (&&). Write a management
    # command that runs both, so that they succeed or fail together.
    # apiVersion: batch/v1beta1
    # kind: CronJob
    # metadata:
    #   name: two-steps
    # spec:
    #   schedule: 15 * * * *
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: web
    #             image: shop
    #             command:
    #             - bash
    #             - -c
    #             - python manage.py migrate --noinput && python manage.py sync
    # default/folded: */7 * * * *: timeout 5m python -u manage.py poll --limit 50
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - The job runs in its server or worker, without what the pod had: image.
    # - */7 is uneven: it begins again at each full hour, after a shorter gap.
    # - No command 'poll' is in this project: manage.py check will say so.
    Job(
        "folded",
        command="poll",
        args=["--limit", "50"],
        schedule="*/7 * * * *",
        timezone="UTC",
        timeout=300,
    ),
    # default/entry: 5 0 * * *: /sbin/tini -- /code/docker-entrypoint.sh python manage.py nightly
    # - Left out: /sbin/tini --, /code/docker-entrypoint.sh.
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - The job runs in its server or worker, without what the pod had: image,
    #   envFrom, initContainers.
    # - No command 'nightly' is in this project: manage.py check will say so.
    Job("entry", command="nightly", schedule="5 0 * * *", timezone="UTC"),
]
