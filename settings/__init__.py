"""Settings of the reference project: base, and one module per environment on top of it."""

import os

if os.environ.get("CELERY_BROKER_URL"):  # its import costs every start some 65 ms
    from settings.celery import app as celery_app

    __all__ = ["celery_app"]
