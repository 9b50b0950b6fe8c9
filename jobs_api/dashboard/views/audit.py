"""Audit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from jobs_api.dashboard.access import page
from jobs_api.dashboard.rendering import render


@page
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "audit.html")


urlpatterns = [path("audit/", show, name="audit")]
