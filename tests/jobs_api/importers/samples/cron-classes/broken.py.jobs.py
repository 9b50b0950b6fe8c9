"""From jobs_import cron-classes: read each comment, then delete it."""

# In the modules of the classes, write `from jobs_api.compat.django_cron import
# CronJobBase, Schedule`: django-cron 0.6 cannot be imported on Django 5.2.
# With jobs_api.compat.django_cron in INSTALLED_APPS the classes become jobs by
# themselves, and this file is not needed.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: No cron line says when it is due. With
    # jobs_api.compat.django_cron in INSTALLED_APPS, `manage.py runcrons`
    # starts it as before.
    # "samples_of_cron_classes.Odd"
    # NOT CARRIED OVER: it has no code. Write code = "shop.cleanup" in the
    # class.
    # "samples_of_cron_classes.NoCode"
    # NOT CARRIED OVER: it cannot be imported: ImportError: Module
    # "samples_of_cron_classes" does not define a "Missing" attribute/class.
    # Look at the path and at what that module imports.
    # "samples_of_cron_classes.Missing"
    # NOT CARRIED OVER: it cannot be imported: ModuleNotFoundError: No module
    # named 'no_such_module'. Look at the path and at what that module imports.
    # "no_such_module.Job"
    # NOT CARRIED OVER: it is not text. List dotted paths such as
    # "shop.cron.Cleanup".
    # 42
    # "samples_of_cron_classes.PollJob"
    Job(
        "shop-poll",
        call="samples_of_cron_classes.PollJob.do",
        schedule="*/30 * * * *",
        timeout=86400,
        max_attempts=5,
        description="Ask the partners for news.",
    ),
]
