"""The URLs of the tenants and of the public schema."""

from django.urls import include, path

urlpatterns = [path("api/", include("jobs_api.urls"))]
