"""What gunicorn serves where there are engines: the Celery app is loaded with it."""

from bench.project.celery import app
from bench.project.wsgi import application

__all__ = ["app", "application"]
