"""The shape of django-cron 0.6, which no supported Django can import any more.

Write `from jobs_api.compat.django_cron import CronJobBase, Schedule`, and this package into INSTALLED_APPS
in the place of "django_cron". Each class in CRON_CLASSES becomes a job; `runcrons` starts those that are due.
"""

from jobs_api.compat.django_cron.base import BadCronJobError, CronJobBase, PreviousRun, Schedule

__all__ = ["BadCronJobError", "CronJobBase", "PreviousRun", "Schedule"]
