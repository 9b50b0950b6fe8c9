from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger


def work(*args, **kwargs):
    """Work."""


scheduler = BackgroundScheduler(timezone="Europe/Berlin")
scheduler.add_job(work, CronTrigger.from_crontab("0 3 * * 0"), id="mondays", args=[1, 2])
scheduler.add_job(work, "cron", day_of_week="mon-fri", hour="8-17", minute="*/20", id="office hours")
scheduler.add_job(work, "cron", day="last", hour=23, minute=50, max_instances=3)
scheduler.add_job(work, "cron", day="1st mon, 3rd mon", hour=6, id="board")
scheduler.add_job(work, "cron", day="last fri", hour=6, id="beer", misfire_grace_time=3600)
scheduler.add_job(work, "cron", day_of_week="5,6", hour=4, minute=5, timezone="UTC", id="weekend", jitter=30)
scheduler.add_job(work, "cron", month="jan-mar", day="1-7", day_of_week="tue", id="first-tuesday")
scheduler.add_job(
    work,
    OrTrigger([CronTrigger(hour=2, timezone="UTC"), CronTrigger(hour=14, minute=30, timezone="UTC")]),
    id="twice",
)
scheduler.add_job(
    "django.core.management:call_command", "cron", args=["clearsessions"], hour=5, id="clearsessions"
)
