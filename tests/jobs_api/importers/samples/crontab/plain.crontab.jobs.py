"""From jobs_import crontab: read each comment, then delete it."""

from jobs_api import Job

jobs = [
    # m h  dom mon dow   command
    # Shop: sessions
    # 0 3 * * * cd /srv/shop && venv/bin/python manage.py clearsessions >> /var/log/shop/cron.log 2>&1
    # - Left out: cd /srv/shop, >> /var/log/shop/cron.log, 2>&1.
    Job("clearsessions", schedule="0 3 * * *", timezone="Europe/Berlin"),
    # */10 * * * * cd /srv/shop; ./manage.py send_mail --cron > /dev/null
    # - Left out: cd /srv/shop, > /dev/null.
    # - No command 'send_mail' is in this project: manage.py check will say so.
    Job(
        "send_mail",
        args=["--cron"],
        schedule="*/10 * * * *",
        timezone="Europe/Berlin",
    ),
    # 30 6 * * 1 /srv/shop/venv/bin/python /srv/shop/manage.py weekly_report --to board@example.com --format=pdf &> /tmp/report.log
    # - Left out: &> /tmp/report.log.
    # - No command 'weekly_report' is in this project: manage.py check will say
    #   so.
    Job(
        "weekly_report",
        args=["--to", "board@example.com", "--format=pdf"],
        schedule="30 6 * * 1",
        timezone="Europe/Berlin",
    ),
    # 15 2 1 * * DJANGO_SETTINGS_MODULE=shop.settings.production /srv/shop/venv/bin/django-admin archive_orders 90
    # - Left out: DJANGO_SETTINGS_MODULE=shop.settings.production.
    # - No command 'archive_orders' is in this project: manage.py check will
    #   say so.
    Job(
        "archive_orders",
        args=["90"],
        schedule="15 2 1 * *",
        timezone="Europe/Berlin",
    ),
    # 0 0 * * * cd /srv/shop && source venv/bin/activate && python -u -W ignore manage.py rebuild_index --noinput
    # - Left out: cd /srv/shop, source venv/bin/activate.
    # - No command 'rebuild_index' is in this project: manage.py check will say
    #   so.
    Job(
        "rebuild_index",
        args=["--noinput"],
        schedule="0 0 * * *",
        timezone="Europe/Berlin",
    ),
    # 45 1 * * * (cd /srv/shop && venv/bin/python -m django backfill --settings=shop.settings) 2>&1
    # - Left out: 2>&1, cd /srv/shop, --settings=shop.settings.
    # - No command 'backfill' is in this project: manage.py check will say so.
    Job("backfill", schedule="45 1 * * *", timezone="Europe/Berlin"),
    # 50 1 * * * { cd /srv/shop && ./manage.py backfill --all; } >> /var/log/backfill.log
    # - Left out: >> /var/log/backfill.log, cd /srv/shop.
    # - 'backfill' is the name of a job above.
    # - No command 'backfill' is in this project: manage.py check will say so.
    Job(
        "backfill_2",
        command="backfill",
        args=["--all"],
        schedule="50 1 * * *",
        timezone="Europe/Berlin",
    ),
    # 5 5 * * * cd /srv/shop && venv/bin/python manage.py old_job
]
