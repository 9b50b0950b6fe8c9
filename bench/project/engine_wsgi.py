"""The WSGI application for measurements with engines; it also loads the Celery app."""

from bench.project.celery import app
from bench.project.wsgi import application

__all__ = ["app", "application"]
