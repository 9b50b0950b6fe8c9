from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler


def work(*args, **kwargs):
    """Work."""


scheduler = BackgroundScheduler(timezone="America/New_York")
START = datetime(2026, 1, 5, 4, 23)
scheduler.add_job(work, "interval", minutes=15, start_date=START, id="quarters")
scheduler.add_job(work, "interval", hours=6, start_date=START, id="six-hours")
scheduler.add_job(work, "interval", days=1, start_date=START, id="days")
scheduler.add_job(work, "interval", weeks=1, start_date=START, id="weeks", end_date=datetime(2030, 1, 1))
scheduler.add_job(work, "interval", seconds=90, id="ninety")
scheduler.add_job(work, "interval", hours=7, id="seven-hours")
scheduler.add_job(work, "date", run_date=datetime(2030, 1, 1), id="once")
scheduler.add_job(work, "cron", second="*/10", id="seconds")
scheduler.add_job(work, "cron", week="1", id="first-week")
scheduler.add_job(work, "cron", day="15", day_of_week="mon", id="both-days")
scheduler.add_job(lambda: None, "cron", hour=1, id="lambda")
scheduler.add_job(work, "interval", minutes=30, start_date=START, next_run_time=None, id="paused")
scheduler.add_job(work, "cron", hour=1, kwargs={"password": "horse-staple", "left": {1, 2}}, id="set")
scheduler.add_job(work, "cron", hour=1, kwargs={"password": "horse-staple"}, id="secret")
