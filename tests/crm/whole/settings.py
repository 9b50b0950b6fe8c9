"""Production settings, for a server that no proxy stands before and that mails to a folder."""

import json
import os
from pathlib import Path

from settings.production import *  # noqa: F403

FOLDER = Path(os.environ["WHOLE_FOLDER"])

SECURE_SSL_REDIRECT = False
JOBS_API = {"REQUIRE_HTTPS": False, **json.loads(os.environ.get("WHOLE_JOBS_API", "{}"))}

EMAIL_BACKEND = "tests.crm.whole.mails.EmailBackend"
EMAIL_FILE_PATH = FOLDER / "mail"
MEDIA_ROOT = FOLDER / "media"
