"""An app of a project: some of its schedule is added by a signal."""

from celery import Celery
from celery.schedules import crontab

app = Celery("samples", broker="memory://", set_as_current=False)
app.conf.timezone = "America/New_York"
app.conf.task_time_limit = 900


@app.task(name="send-mails")
def send_mails(kind, api_token=None):
    """Named otherwise than the function."""


class Tidy(app.Task):
    name = "samples.tidy"

    def run(self):
        """Work."""


app.register_task(Tidy())


@app.on_after_finalize.connect
def more(sender, **kwargs):
    sender.add_periodic_task(crontab(minute=0, hour=6), send_mails.s("digest"), name="digest")


app.conf.beat_schedule = {
    "mails": {
        "task": "send-mails",
        "schedule": crontab(minute=30, hour=7),
        "args": ("news",),
        "kwargs": {"api_token": "horse-staple"},
    },
    "tidy": {"task": "samples.tidy", "schedule": crontab(minute=0, hour=1), "options": {"time_limit": 60}},
    "unknown": {"task": "shop.tasks.gone", "schedule": crontab(minute=0, hour=2)},
}
