"""What a process started by a test runs with: the test's database, and little else."""

from settings.test import *  # noqa: F403

INSTALLED_APPS = ["jobs_api", "tests.toys", "tests.jobs_api.management.host"]
