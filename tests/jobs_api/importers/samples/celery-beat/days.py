from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "first-monday": {"task": "shop.tasks.m", "schedule": crontab(0, 6, "mon", "1-7")},
    "last-days": {"task": "shop.tasks.m", "schedule": crontab(0, 6, day_of_month="28-31")},
    "odd-mondays": {"task": "shop.tasks.m", "schedule": crontab(0, 6, "monday", "*/2")},
    "weekend": {"task": "shop.tasks.m", "schedule": crontab(0, 6, "sat,sun")},
    "over-the-end": {"task": "shop.tasks.m", "schedule": crontab(0, "22-2", "fri-mon")},
    "each minute of an hour": {"task": "shop.tasks.m", "schedule": crontab(hour=4)},
    "sets": {"task": "shop.tasks.m", "schedule": crontab(minute=[5, 35], hour={1, 2, 3, 4, 9})},
}
