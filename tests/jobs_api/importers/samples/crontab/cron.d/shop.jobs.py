"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # /etc/cron.d/shop: installed by the package
    # SHELL=/bin/sh
    # - No shell runs a job.
    # NOT CARRIED OVER: 'run-parts' is not a management command: write one that
    # does its work, or leave it there.
    # 17 *	* * *	root    cd / && run-parts --report /etc/cron.hourly
    # */15 * * * * www-data [ -x /srv/shop/manage.py ] && /srv/shop/venv/bin/python /srv/shop/manage.py deliver
    # - It ran as the user www-data; a job runs as the user of its server or
    #   worker.
    # - Left out: [ -x /srv/shop/manage.py ].
    # - No command 'deliver' is in this project: manage.py check will say so.
    Job("deliver", schedule="*/15 * * * *"),
    # 0 5 * * sun   deploy  cd /srv/shop && ./manage.py cleanup --days=30 >/dev/null 2>&1
    # - It ran as the user deploy; a job runs as the user of its server or
    #   worker.
    # - Left out: cd /srv/shop, >/dev/null, 2>&1.
    # - No command 'cleanup' is in this project: manage.py check will say so.
    Job("cleanup", args=["--days=30"], schedule="0 5 * * sun"),
    # @monthly      deploy  /srv/shop/manage.py invoices
    # - It ran as the user deploy; a job runs as the user of its server or
    #   worker.
    # - No command 'invoices' is in this project: manage.py check will say so.
    Job("invoices", schedule="@monthly"),
    # NOT CARRIED OVER: It has no column for the user, which a file of
    # /etc/cron.d needs.
    # 0 6 * * * /srv/shop/manage.py forgot_the_user
]
