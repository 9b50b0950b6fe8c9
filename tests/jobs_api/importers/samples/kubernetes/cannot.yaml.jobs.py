"""From jobs_import kubernetes: read each comment, then delete it."""

# Where concurrencyPolicy is missing, Kubernetes allows runs to overlap; a job
# does not.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: 'pg_dump' is not a management command: write one that
    # does its work, or leave it there.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: dump
    # spec:
    #   schedule: 0 1 * * *
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: dump
    #             image: postgres:16
    #             command:
    #             - sh
    #             - -c
    #             - pg_dump shop | gzip > /backup/shop.gz
    #             env:
    #             - name: PGPASSWORD
    #               value: '***'
    # NOT CARRIED OVER: Its command stands in the image, not here.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: image-only
    # spec:
    #   schedule: 0 2 * * *
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: a
    #             image: shop-cron
    # NOT CARRIED OVER: It has more than one container.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: sidecar
    # spec:
    #   schedule: 0 3 * * *
    #   jobTemplate:
    #     spec:
    #       template:
    #         spec:
    #           containers:
    #           - name: a
    #             image: shop
    #           - name: proxy
    #             image: proxy
    # NOT CARRIED OVER: It has no container.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: no-template
    # spec:
    #   schedule: 0 4 * * *
    # default/it's "); import os #: 0 5 * * *: python manage.py sync --password=***
    # - Without timeZone, Kubernetes takes the zone of its controller, nearly
    #   always UTC.
    # - The job runs in its server or worker, without what the pod had: image.
    # - A value was left out, as it looks like a secret: --password. Let the
    #   command read it itself.
    # - It was called 'it\'s "); import os #'.
    # - No command 'sync' is in this project: manage.py check will say so.
    Job(
        "it_s_import_os",
        command="sync",
        schedule="0 5 * * *",
        timezone="UTC",
    ),
    # NOT CARRIED OVER: Kubernetes fills in $(HOSTNAME): let the command read
    # it from its environment.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: variable
    # spec:
    #   schedule: 0 6 * * *
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
    #             - sync
    #             - $(HOSTNAME)
    # NOT CARRIED OVER: It is a template: render it first, for example `helm
    # template . | manage.py jobs_import kubernetes -`.
    # apiVersion: batch/v1
    # kind: CronJob
    # metadata:
    #   name: '{{ .Values.name }}'
    # spec:
    #   schedule: '{{ .Values.schedule }}'
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
    #             - sync
]
