from datetime import datetime, timedelta

from celery.schedules import crontab, schedule, solar


class Sunset(solar):
    """As one of Celery's, which needs a package for the sky."""

    def __init__(self):
        """Nothing."""


CELERY_BEAT_SCHEDULE = {
    "each-30-seconds": {"task": "shop.tasks.tick", "schedule": 30.0},
    "each-7-minutes": {"task": "shop.tasks.tick", "schedule": timedelta(minutes=7)},
    "each-36-hours": {"task": "shop.tasks.tick", "schedule": schedule(timedelta(hours=36))},
    "sunset": {"task": "shop.tasks.lights", "schedule": Sunset()},
    "friday-the-13th": {"task": "shop.tasks.luck", "schedule": crontab(0, 0, "fri", "13")},
    "since": {"task": "shop.tasks.since", "schedule": crontab(0, 1), "args": (datetime(2026, 1, 1),)},
    "no-task": {"schedule": crontab(0, 2)},
    "no-path": {"task": "send mails", "schedule": crontab(0, 3)},
    "celery.backend_cleanup": {"task": "celery.backend_cleanup", "schedule": crontab(0, 4)},
    "kept": {"task": "shop.tasks.tick", "schedule": crontab(0, 5)},
}
