"""Classes as they stand in projects that use django-cron."""

from django_cron import CronJobBase, Schedule


class PollJob(CronJobBase):
    """Ask the partners for news."""

    RUN_EVERY_MINS = 30
    schedule = Schedule(run_every_mins=RUN_EVERY_MINS)
    code = "shop.poll"

    def do(self):
        return "polled"


class NightJob(CronJobBase):
    schedule = Schedule(run_at_times=["1:30", "13:30", "18:05"], retry_after_failure_mins=5)
    code = "shop.night_job"
    MIN_NUM_FAILURES = 3

    def do(self):
        """Work."""


class PayDay(CronJobBase):
    ALLOW_PARALLEL_RUNS = True
    schedule = Schedule(run_at_times=["06:00"], run_monthly_on_days=[1, 15])
    code = "pay day!"

    def do(self):
        """Pay."""


class Workdays(CronJobBase):
    schedule = Schedule(run_on_days=[0, 1, 2, 3, 4], run_at_times=["07:00"])
    code = "shop.workdays"

    def do(self):
        """Work."""


class Odd(CronJobBase):
    schedule = Schedule(run_every_mins=7 * 13)
    code = "shop.odd"

    def do(self):
        """Work."""


class NoCode(CronJobBase):
    schedule = Schedule(run_every_mins=5)
