"""Only the endpoints of jobs_api."""

from django.urls import include, path

urlpatterns = [path("api/", include("jobs_api.urls"))]
