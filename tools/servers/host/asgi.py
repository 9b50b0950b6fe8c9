"""The ASGI application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.servers.host.settings")

application = get_asgi_application()
if os.environ.get("DRAIN"):
    from jobs_api.servers import draining

    application = draining(application, seconds=float(os.environ["DRAIN"]))
