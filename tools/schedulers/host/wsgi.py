"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.schedulers.host.settings")

if os.environ.get("HOST_EXECUTOR") == "celery":
    from tools.schedulers.host import celery_app as celery_app  # so that messages go to its broker

application = get_wsgi_application()
