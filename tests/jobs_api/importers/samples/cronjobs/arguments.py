import datetime

CRONTAB_LOCK_JOBS = True
CRONTAB_COMMAND_PREFIX = "STAGE=production API_TOKEN=horse-staple"
CRONTAB_COMMAND_SUFFIX = "2>&1"
CRONJOBS = (
    ("0 4 * * *", "shop.cron.tidy", [30, "old"], {"dry_run": False, "api_key": "horse-staple"}),
    ["15 4 * * *", "shop.cron.tidy", [7], {}, ">> /tmp/tidy.log"],
    ("30 4 * * *", "shop.cron.since", [datetime.date(2026, 1, 1)]),
    ("45 4 * * *", "shop.cron.nested", [], {"filters": {"a": [1, (2, None)], "b": 0.5}}),
)
