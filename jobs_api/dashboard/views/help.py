"""Help: the keys, and what the words mean."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from jobs_api.dashboard.access import page
from jobs_api.dashboard.rendering import render


@page
def show(request: HttpRequest) -> HttpResponse:
    """A dialog, or a page."""
    return render(request, "help.html", dialog=True)
