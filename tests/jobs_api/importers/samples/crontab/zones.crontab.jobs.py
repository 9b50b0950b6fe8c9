"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 1 * * * /srv/shop/manage.py before_any_zone
    # - No command 'before_any_zone' is in this project: manage.py check will
    #   say so.
    Job("before_any_zone", schedule="0 1 * * *"),
    # CRON_TZ=America/New_York
    # - Debian's cron ignores CRON_TZ: there, its lines ran in the zone of the
    #   machine.
    # 0 9 * * 1-5 /srv/shop/manage.py open_market
    # - Debian's cron ignores CRON_TZ: there, this line ran in the zone of the
    #   machine.
    # - No command 'open_market' is in this project: manage.py check will say
    #   so.
    Job("open_market", schedule="0 9 * * 1-5", timezone="America/New_York"),
    # 30 16 * * MON-FRI /srv/shop/manage.py close_market
    # - Debian's cron ignores CRON_TZ: there, this line ran in the zone of the
    #   machine.
    # - No command 'close_market' is in this project: manage.py check will say
    #   so.
    Job(
        "close_market",
        schedule="30 16 * * MON-FRI",
        timezone="America/New_York",
    ),
    # CRON_TZ=Mars/Olympus
    # - Debian's cron ignores CRON_TZ: there, its lines ran in the zone of the
    #   machine.
    # NOT CARRIED OVER: Time zone "Mars/Olympus" is not known. Name the place
    # whose clock counts, such as "Europe/Berlin".
    # 0 9 * * * /srv/shop/manage.py on_mars
    # CRON_TZ=UTC
    # - Debian's cron ignores CRON_TZ: there, its lines ran in the zone of the
    #   machine.
    # @daily /srv/shop/manage.py clearsessions
    # - Debian's cron ignores CRON_TZ: there, this line ran in the zone of the
    #   machine.
    Job("clearsessions", schedule="@daily", timezone="UTC"),
]
