from datetime import timedelta

from celery.schedules import crontab

CELERY_TIMEZONE = "Europe/Berlin"
CELERY_BEAT_SCHEDULE = {
    "nightly-report": {"task": "shop.tasks.report", "schedule": crontab(hour=3, minute=30)},
    "workdays": {
        "task": "shop.tasks.open_shop",
        "schedule": crontab(minute=0, hour="8-17/3", day_of_week="mon-fri"),
        "args": ("eu",),
        "kwargs": {"dry_run": False},
    },
    "poll": {"task": "shop.tasks.poll", "schedule": crontab(minute="*/15"), "options": {"expires": 600}},
    "first of the quarter": {
        "task": "shop.tasks.close",
        "schedule": crontab(0, 0, day_of_month="1", month_of_year="*/3"),
        "options": {"queue": "slow", "priority": 3},
    },
    "each-hour": {"task": "shop.tasks.tick", "schedule": timedelta(hours=1)},
    "each-five-minutes": {"task": "shop.tasks.tick", "schedule": 300.0},
    "clearsessions": {
        "task": "django.core.management.call_command",
        "schedule": crontab(hour=4, minute=0),
        "args": ["clearsessions"],
    },
}
