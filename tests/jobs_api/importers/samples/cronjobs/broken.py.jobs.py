"""From jobs_import cronjobs: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE. Without CRONTAB_LOCK_JOBS, runs could overlap; a
# job does not, unless it has overlap="allow". django-crontab logged a failure
# and forgot it; a job is tried again (max_attempts=3).

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: It is not (time, function).
    # "0 3 * * * shop.cron.text"
    # NOT CARRIED OVER: It is not (time, function).
    # ("0 3 * * *",)
    # NOT CARRIED OVER: Schedule "not a time" has 3 fields, not five. Write
    # minute hour day-of-month month day-of-week; there are no seconds.
    # ("not a time", "shop.cron.poll")
    # NOT CARRIED OVER: An object of the class function is not the dotted path
    # of a function.
    # ("0 3 * * *", <function>)
    # NOT CARRIED OVER: 'no_module' is not the dotted path of a function.
    # ("0 3 * * *", "no_module")
    # NOT CARRIED OVER: Its third and fourth items must be a list and a
    # dictionary.
    # ("0 3 * * *", "shop.cron.poll", [1], "text")
    # NOT CARRIED OVER: 'shop.cron.x"); import os; ("' is not the dotted path
    # of a function.
    # ("0 3 * * *", 'shop.cron.x"); import os; ("')
    # ("0 4 * * *", "shop.cron.poll")
    Job("poll", call="shop.cron.poll", schedule="0 4 * * *"),
]
