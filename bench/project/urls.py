"""Ours, and the peers under paths of the same length."""

from django.urls import include, path

from bench.peers import views

urlpatterns = [
    path("api/", include("jobs_api.urls")),
    path("one/jobs/<slug:name>/run", views.plain),
    path("two/jobs/<slug:name>/run", views.locked),
    path("ins/jobs/<slug:name>/run", views.unique),
    path("get/jobs/<slug:name>/run", views.unique_and_read),
    path("sel/jobs/<slug:name>/run", views.looked_up),
]
