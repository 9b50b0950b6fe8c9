"""The admin, the API and the dashboard."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("api/", include("jobs_api.urls"))]
if find_spec("jobs_api.dashboard"):
    urlpatterns.append(path("dashboard/", include("jobs_api.dashboard.urls")))
