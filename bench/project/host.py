"""The bare Django with jobs_api in it, and nothing else."""

from bench.project import settings
from bench.project.settings import *  # noqa: F403

INSTALLED_APPS = [*settings.BARE_APPS, "jobs_api"]
ROOT_URLCONF = "bench.project.host_urls"
