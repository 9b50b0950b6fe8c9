"""The measured project with the dashboard."""

from bench.project.settings import *  # noqa: F403

ROOT_URLCONF = "bench.project.paged_urls"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
