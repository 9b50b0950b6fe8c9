CRONJOBS = [
    "0 3 * * * shop.cron.text",
    ("0 3 * * *",),
    ("not a time", "shop.cron.poll"),
    ("0 3 * * *", lambda: None),
    ("0 3 * * *", "no_module"),
    ("0 3 * * *", "shop.cron.poll", [1], "text"),
    ("0 3 * * *", 'shop.cron.x"); import os; ("'),
    ("0 4 * * *", "shop.cron.poll"),
]
