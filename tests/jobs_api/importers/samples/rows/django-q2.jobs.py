"""From jobs_import django-q2: read each comment, then delete it."""

# All times are those of TIME_ZONE, as in django-q2.

from jobs_api import Job

jobs = [
    # cron: shop.tasks.work, Cron 0 22 * * 1-5, args="1, 'two'", kwargs="password='***', full=True"
    # - A value was left out, as it looks like a secret: password. Let the
    #   command read it itself.
    Job(
        "cron",
        call="shop.tasks.work",
        args=[1, "two"],
        options={"full": True},
        schedule="0 22 * * 1-5",
        timeout=90,
    ),
    # NOT CARRIED OVER: Schedule "99 * * * *" has "99" as minute, which is not
    # valid. Use 0 to 59, or lists, ranges and steps of them.
    # bad cron: shop.tasks.work, Cron 99 * * * *, args=None, kwargs=None
    # each 15 minutes: shop.tasks.work, Minutes 15, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    # - It was called 'each 15 minutes'.
    Job(
        "each_15_minutes",
        call="shop.tasks.work",
        schedule="8-59/15 * * * *",
        timeout=90,
    ),
    # NOT CARRIED OVER: Each 7 minutes does not divide an hour or a day: choose
    # a cron line with nearly that rhythm, or let the command decide whether it
    # has work.
    # each 7 minutes: shop.tasks.work, Minutes 7, args=None, kwargs=None
    # 5: shop.tasks.hourly, Hourly, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    Job("hourly", call="shop.tasks.hourly", schedule="23 * * * *", timeout=90),
    # daily: shop.tasks.work, Daily, args=None, kwargs="{'a': [1, None]}"
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    # - The hook shop.hooks.done is not called; signals of jobs_api tell what
    #   came of a run.
    # - day was the scheduled time: read current_run().run_date instead.
    Job(
        "daily",
        call="shop.tasks.work",
        options={"a": [1, None]},
        schedule="23 5 * * *",
        timeout=90,
    ),
    # weekly: shop.tasks.work, Weekly, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    Job("weekly", call="shop.tasks.work", schedule="23 5 * * THU", timeout=90),
    # NOT CARRIED OVER: Biweekly is not a rhythm of cron.
    # biweekly: shop.tasks.work, Biweekly, args=None, kwargs=None
    # monthly: shop.tasks.work, Monthly, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    Job("monthly", call="shop.tasks.work", schedule="23 5 5 * *", timeout=90),
    # at the end: shop.tasks.work, Monthly, args=None, kwargs=None
    # - The times come from its next run, 2026-01-31T13:00+01:00.
    # - Months without that day: django-q2 moved it to an earlier one and kept
    #   that.
    # - It was called 'at the end'.
    Job(
        "at_the_end",
        call="shop.tasks.work",
        schedule="0 13 L * *",
        timeout=90,
    ),
    # quarterly: shop.tasks.work, Quarterly, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    Job(
        "quarterly",
        call="shop.tasks.work",
        schedule="23 5 5 3-12/3 *",
        timeout=90,
    ),
    # yearly: shop.tasks.work, Yearly, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    # - It ran in the cluster 'slow': choose an executor.
    Job("yearly", call="shop.tasks.work", schedule="23 5 5 3 *", timeout=90),
    # NOT CARRIED OVER: It runs once, which is not a schedule: trigger a job on
    # demand when it is time.
    # once: shop.tasks.work, Once, args=None, kwargs=None
    # NOT CARRIED OVER: It runs only 3 more times, which no schedule says.
    # three times: shop.tasks.work, Daily, args=None, kwargs=None
    # NOT CARRIED OVER: It runs only 5 more times, which no schedule says.
    # five times: shop.tasks.work, Cron 0 4 * * *, args=None, kwargs=None
    # NOT CARRIED OVER: It is disabled there (repeats is 0).
    # off: shop.tasks.work, Daily, args=None, kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    # Job("off", call="shop.tasks.work", schedule="23 5 * * *", timeout=90),
    # NOT CARRIED OVER: Its arguments are not literals of Python.
    # code: shop.tasks.work, Daily, args="__import__('os').system('true')", kwargs=None
    # NOT CARRIED OVER: It has no next run, from which the time of day would
    # follow.
    # no next run: shop.tasks.work, Daily, args=None, kwargs=None
    # command: django.core.management.call_command, Daily, args="'clearsessions'", kwargs=None
    # - The times come from its next run, 2026-03-05T05:23+01:00.
    Job("command", command="clearsessions", schedule="23 5 * * *", timeout=90),
    # bridge: jobs_api.bridges.django_q2.fire, Cron 0 3 * * *, args="'nightly',", kwargs=None
    # - It triggers jobs of jobs_api already.
]
