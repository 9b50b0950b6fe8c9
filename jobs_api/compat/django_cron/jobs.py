"""The jobs that the classes of CRON_CLASSES become; `jobs_api` reads them as those of every app."""

from jobs_api import Job
from jobs_api.compat.django_cron.classes import find
from jobs_api.registry.validation import Fault

classes, faults = find()
jobs: list[Job | Fault] = [*(job for cron in classes for job, _ in cron.parts), *faults]
