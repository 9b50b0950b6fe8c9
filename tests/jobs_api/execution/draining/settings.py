"""A small project behind gunicorn: the API, and the jobs of the test that starts it."""

from tests.toys.child.settings import *  # noqa: F403

ROOT_URLCONF = "tests.jobs_api.execution.draining.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
