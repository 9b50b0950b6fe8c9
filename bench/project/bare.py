"""A bare Django with the same settings; starting up is compared with it."""

from bench.project import settings
from bench.project.settings import *  # noqa: F403

INSTALLED_APPS = settings.BARE_APPS
ROOT_URLCONF = "bench.project.bare_urls"
