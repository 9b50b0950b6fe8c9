"""Ours, and the view by hand under a path of the same length."""

from django.urls import include, path

from bench.engines import views

urlpatterns = [
    path("api/", include("jobs_api.urls")),
    path("del/jobs/<slug:name>/run", views.delay),
]
