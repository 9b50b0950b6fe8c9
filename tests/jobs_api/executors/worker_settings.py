"""A child process's settings for a worker of Django Tasks: those of the toys, and TASKS."""

import json
import os

from tests.toys.child.settings import *  # noqa: F403

INSTALLED_APPS = ["jobs_api", "tests.toys", "tests.toys.child", "django_tasks_db"]
TASKS = json.loads(os.environ["TOY_TASKS"])
