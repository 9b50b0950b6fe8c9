"""The reference project's URLs, and at `/` a page for the person who started it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.cache import never_cache

from jobs_api import conf, registry
from tools.serve import OPERATE, kept_token


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Links, tokens and lines to copy. The server listens on this machine only."""
    values = {
        "address": request.build_absolute_uri("/").rstrip("/"),
        "secret": conf.cron_secrets()[0],
        "operate": kept_token(OPERATE),
        "jobs": registry.jobs(),
    }
    return render(request, "page.html", values)


urlpatterns = [path("", page), path("", include("settings.urls"))]
