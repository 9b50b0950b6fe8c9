"""Nobody calls it."""

from django.urls import include, path

urlpatterns = [path("api/", include("jobs_api.urls"))]
