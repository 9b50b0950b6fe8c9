"""The settings of a host that starts quickly."""

import os

from settings.base import BASE_DIR as BASE_DIR
from settings.base import DATABASES as DATABASES
from settings.base import DEFAULT_AUTO_FIELD as DEFAULT_AUTO_FIELD
from settings.base import LOGGING as LOGGING
from settings.base import TIME_ZONE as TIME_ZONE
from settings.base import USE_TZ as USE_TZ

SECRET_KEY = "a-host-of-the-tests"
INSTALLED_APPS = ["jobs_api", "tests.toys"]
JOBS_API = {"EXECUTOR_OPTIONS": {"tests.toys.spawning.Spawn": {"nice": 1}}}

if name := os.environ.get("TOY_TEST_DATABASE"):
    DATABASES["default"]["TEST"] = {"NAME": name}
