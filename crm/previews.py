"""Mails as pages, to look at while working on them."""

from __future__ import annotations

from base64 import b64encode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.report.chart import draw
from crm.report.figures import figures
from crm.report.mail import page


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The report as it would be mailed now; in development only, since anybody can open it."""
    if not settings.DEBUG:
        raise Http404
    found = figures(now=timezone.now())
    chart = b64encode(draw(found.weeks)).decode()
    return HttpResponse(page(found, chart=f"data:image/png;base64,{chart}"))
