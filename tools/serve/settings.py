"""Those of development, with a page at `/`."""

from settings.development import *

ROOT_URLCONF = "tools.serve.urls"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "tools" / "serve"]
