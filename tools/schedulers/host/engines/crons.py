"""Cron classes, as django-cron had them: the jobs of the host, each minute."""

from django.core.management import call_command

from jobs_api.compat.django_cron import CronJobBase, Schedule


class Good(CronJobBase):
    """Succeeds."""

    schedule = Schedule(run_every_mins=1)
    code = "tick_ok"

    def do(self):
        call_command("tick")


class Bad(CronJobBase):
    """Exits; it is not tried again while the exam lasts."""

    schedule = Schedule(run_every_mins=1, retry_after_failure_mins=60)
    code = "tick_fails"

    def do(self):
        call_command("tick", fail=True)


class Due(Good):
    """Nobody else triggers it."""

    code = "due_only"
