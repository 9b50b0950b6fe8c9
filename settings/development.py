"""A person's own machine: debug pages, mail on the console, SQLite under var/."""

from settings.base import *

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="django-insecure-for-development-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

CRM_GRAPHIQL = CRM_OPEN_READING = DEBUG
