"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.servers.host.settings")

application = get_wsgi_application()
if os.environ.get("DRAIN"):
    from jobs_api.servers import drain_on_sigterm

    drain_on_sigterm(float(os.environ["DRAIN"]))
