CRONJOBS = [
    ("*/5 * * * *", "shop.cron.poll"),
    ("0   0 1 * *", "shop.cron.monthly", ">> /var/log/monthly.log 2>&1"),
    ("@reboot", "shop.cron.at_start"),
    ("@daily", "shop.cron.poll"),
]
