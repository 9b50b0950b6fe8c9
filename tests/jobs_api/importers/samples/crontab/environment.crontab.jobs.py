"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # SHELL=/bin/bash
    # - No shell runs a job.
    # PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
    # - A job runs in the environment of its server or worker.
    # MAILTO=ops@example.com
    # - Output is kept with each run, and failures are logged and reported;
    #   cron's mails end.
    # DJANGO_SETTINGS_MODULE=shop.settings.production
    # - A job runs with the settings of its server or worker.
    # PROJECT=/srv/shop
    # - Set it for the server or worker, where a job runs.
    # ARCHIVE=/srv/archive
    # - Set it for the server or worker, where a job runs.
    # SHOP_API_TOKEN=***
    # - Set it for the server or worker, where a job runs.
    # DATABASE_URL=postgres://***@db.internal/shop
    # - Set it for the server or worker, where a job runs.
    # TZ=Europe/Berlin
    # - It is the zone of the commands, not of the schedule: jobs use the
    #   project's TIME_ZONE.
    # NOT CARRIED OVER: The value of ${KEEP} is not in this file: let the
    # command read it from its environment.
    # 0 4 * * * $PROJECT/venv/bin/python $PROJECT/manage.py archive --to "$ARCHIVE/daily" --keep ${KEEP}
    # 5 4 * * * $PROJECT/venv/bin/python $PROJECT/manage.py archive --to "$ARCHIVE/daily"
    # - No command 'archive' is in this project: manage.py check will say so.
    Job("archive", args=["--to", "/srv/archive/daily"], schedule="5 4 * * *"),
    # NOT CARRIED OVER: The value of $SHOP_API_TOKEN is not in this file: let
    # the command read it from its environment.
    # 10 4 * * * . /etc/shop/env.sh && export LANG=C && $PROJECT/manage.py push --token $SHOP_API_TOKEN
    # 15 4 * * * set -a; . $PROJECT/.env; set +a; $PROJECT/manage.py push --password=*** --verbose
    # - Left out: set -a, . $PROJECT/.env, set +a.
    # - A value was left out, as it looks like a secret: --password. Let the
    #   command read it itself.
    # - No command 'push' is in this project: manage.py check will say so.
    Job("push", args=["--verbose"], schedule="15 4 * * *"),
    # 20 4 * * * export $(cat /srv/shop/.env | xargs) && $PROJECT/manage.py push --key '***' all
    # - Left out: export $(cat /srv/shop/.env | xargs).
    # - A value was left out, as it looks like a secret: --key. Let the command
    #   read it itself.
    # - 'push' is the name of a job above.
    # - No command 'push' is in this project: manage.py check will say so.
    Job("push_2", command="push", args=["all"], schedule="20 4 * * *"),
]
