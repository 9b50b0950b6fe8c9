"""Development settings for the demo: everything it writes is in the folder that it removes."""

import os
from pathlib import Path

from settings import development
from settings.development import *  # noqa: F403

FOLDER = Path(os.environ["DEMO_FOLDER"])

INSTALLED_APPS = [*development.INSTALLED_APPS, "tools.demo"]
MEDIA_ROOT = FOLDER / "media"
CRM_LOG_DIR = FOLDER / "log"
CRM_ARCHIVE_DIR = FOLDER / "archive"
# A demo should not wait for the usual 30 seconds.
JOBS_API = {"LEASE_SECONDS": 5, "RENEW_SECONDS": 1}
