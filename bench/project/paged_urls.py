"""Ours with the dashboard, and the admin for its login."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("jobs_api.urls")),
    path("", include("jobs_api.dashboard.urls")),
]
