"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # */5 * * * * flock -n /tmp/sync.lock /srv/shop/venv/bin/python /srv/shop/manage.py sync_stock
    # - No command 'sync_stock' is in this project: manage.py check will say
    #   so.
    Job("sync_stock", schedule="*/5 * * * *", overlap="skip"),
    # */5 * * * * /usr/bin/flock -w 10 /var/lock/feed.lock -c "cd /srv/shop && venv/bin/python manage.py fetch_feed --limit 50"
    # - Left out: sh -c, cd /srv/shop.
    # - flock waited for the lock; overlap="skip" leaves a slot out while the
    #   last one runs.
    # - No command 'fetch_feed' is in this project: manage.py check will say
    #   so.
    Job(
        "fetch_feed",
        args=["--limit", "50"],
        schedule="*/5 * * * *",
        overlap="skip",
    ),
    # 0 * * * * flock -xn /tmp/a.lock timeout 300 /srv/shop/manage.py charge_cards
    # - No command 'charge_cards' is in this project: manage.py check will say
    #   so.
    Job("charge_cards", schedule="0 * * * *", timeout=300, overlap="skip"),
    # 0 2 * * * timeout -k 10 2h nice -n 19 ionice -c2 -n7 /srv/shop/venv/bin/python /srv/shop/manage.py crunch
    # - Left out: nice -n 19, ionice -c2 -n7.
    # - No command 'crunch' is in this project: manage.py check will say so.
    Job("crunch", schedule="0 2 * * *", timeout=7200),
    # 10 2 * * * run-one /srv/shop/manage.py crunch --again
    # - 'crunch' is the name of a job above.
    # - No command 'crunch' is in this project: manage.py check will say so.
    Job(
        "crunch_2",
        command="crunch",
        args=["--again"],
        schedule="10 2 * * *",
        overlap="skip",
    ),
    # 20 2 * * * /usr/bin/timeout --signal=KILL 90s chronic /srv/shop/manage.py ping_partners
    # - Left out: chronic.
    # - No command 'ping_partners' is in this project: manage.py check will say
    #   so.
    Job("ping_partners", schedule="20 2 * * *", timeout=90),
]
