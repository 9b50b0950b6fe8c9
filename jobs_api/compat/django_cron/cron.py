"""The one class that django-cron itself had; `django_cron.cron.` in CRON_CLASSES still names it."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail

from jobs_api.compat.django_cron.base import CronJobBase, Schedule

USUAL_FAILURES = 10


class FailedRunsNotificationCronJob(CronJobBase):
    """Mail ADMINS about each class whose newest MIN_NUM_FAILURES attempts all failed."""

    RUN_EVERY_MINS = 30
    schedule = Schedule(run_every_mins=RUN_EVERY_MINS)
    code = "django_cron.FailedRunsNotificationCronJob"

    def do(self) -> None:
        """Look at every class of CRON_CLASSES."""
        from jobs_api.compat.django_cron.classes import find

        for cron in find()[0]:
            notify(cron.kind)


def notify(kind: type[CronJobBase]) -> None:
    """Mail about this class, if it failed so often in a row."""
    from jobs_api.compat.django_cron.previous import newest_failures

    count = kind.MIN_NUM_FAILURES or USUAL_FAILURES
    failures = newest_failures(kind, count)
    if not failures:
        return
    prefix = getattr(settings, "FAILED_RUNS_CRONJOB_EMAIL_PREFIX", "")
    text = "\n\n".join(f"Job ran at {started_at}:\n\n{error}" for started_at, error in failures)
    subject = f"{prefix}{kind.code} failed {count} times in a row!"
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, admins())


def admins() -> list[str]:
    """The addresses of ADMINS, which are pairs, or since Django 6.0 also plain text."""
    return [admin if isinstance(admin, str) else admin[1] for admin in settings.ADMINS]
