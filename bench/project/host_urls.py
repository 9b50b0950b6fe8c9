"""The URLs of the bare Django, and ours."""

from django.urls import include, path

from bench.project import bare_urls

urlpatterns = [*bare_urls.urlpatterns, path("api/", include("jobs_api.urls"))]
