"""`python -m tests.jobs_api.importers.host`: check all jobs, then print what is imported from rows."""

import os
import sys

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.jobs_api.importers.host.settings"
django.setup()

from jobs_api.importers import all_importers  # noqa: E402
from tests.jobs_api.importers.host import rows  # noqa: E402

before = set(sys.modules)
all_importers()
foreign = ("yaml", "celery", "apscheduler", "django_cron")
assert not [name for name in set(sys.modules) - before if name.partition(".")[0] in foreign]

call_command("check", stdout=sys.stderr)
call_command("migrate", run_syncdb=True, verbosity=0)
rows.of_celery()
rows.of_django_q()
rows.of_apscheduler()
print(rows.printed())
