"""Orders about alerts: acknowledge an incident, mute, end a mute."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jobs_api.alerts import acting
from jobs_api.dashboard import alert_words
from jobs_api.dashboard.access import action
from jobs_api.dashboard.forms.base import OrderForm
from jobs_api.dashboard.forms.mute import MuteForm
from jobs_api.dashboard.forms.until import AcknowledgeForm
from jobs_api.dashboard.orders import ends
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.query import text
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.database import alias
from jobs_api.models import AlertMute, Incident
from jobs_api.text.numbers import LARGEST_ID


def _found(model: Any, pk: int, why: str) -> Any:
    row = model.objects.using(alias()).filter(pk=pk).first() if pk <= LARGEST_ID else None
    if row is None:
        raise Http404(why)
    return row


@action
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an incident on."""
    incident: Incident = _found(Incident, pk, _("There is no incident of this id."))
    viewer, sent = viewer_of(request), ordering.sent(request)
    form = AcknowledgeForm(sent, at=viewer.at, zone=viewer.zone)
    page = reverse("jobs_dashboard:alerts")
    if sent is not None and form.is_valid():
        said = ordering.tried(lambda: _acknowledge(request, incident, form.cleaned_data))
        return ordering.told(request, said, ordering.back(request, page))
    context = {"incident": incident, "form": form, "page": page}
    return ordering.ask(request, "acknowledge.html", context, refused=sent is not None)


def _acknowledge(request: HttpRequest, incident: Incident, data: dict[str, Any]) -> Told:
    viewer = viewer_of(request)
    who = {"actor": viewer.name, "comment": data["reason"], "until": data["end"]}
    acting.acknowledge(incident.pk, **who, at=viewer.at)
    return Told.success(_("Acknowledged: %(subject)s.") % {"subject": incident.subject})


@action
def mute(request: HttpRequest) -> HttpResponse:
    """Tell nobody of what matches, until an end."""
    viewer, sent = viewer_of(request), ordering.sent(request)
    named = {name: text(request.GET, name) for name in ("subject", "kind")}
    form = MuteForm(sent, at=viewer.at, zone=viewer.zone, initial=named)
    page = reverse("jobs_dashboard:alerts")
    if sent is not None and form.is_valid():
        said = ordering.tried(lambda: _mute(request, form.cleaned_data))
        return ordering.told(request, said, ordering.back(request, page))
    return ordering.ask(request, "mute.html", {"form": form, "page": page}, refused=sent is not None)


def _mute(request: HttpRequest, data: dict[str, Any]) -> Told:
    viewer = viewer_of(request)
    what = {"kind": data["kind"], "until": data["end"], "comment": data["reason"]}
    acting.mute(data["subject"], **what, actor=viewer.name, at=viewer.at)
    words = {"subject": data["subject"], "end": ends.said(data["end"], viewer.zone)}
    return Told.success(_("Muted until %(end)s: %(subject)s.") % words)


@action
def unmute(request: HttpRequest, pk: int) -> HttpResponse:
    """End a mute."""
    muted: AlertMute = _found(AlertMute, pk, _("There is no mute of this id."))
    sent, page = ordering.sent(request), reverse("jobs_dashboard:alerts")
    form = OrderForm(sent)
    if sent is not None and form.is_valid():
        said = ordering.tried(lambda: _unmute(request, muted, form.cleaned_data["reason"]))
        return ordering.told(request, said, ordering.back(request, page))
    label = alert_words.label(muted.kind)
    context = {"mute": muted, "kind": label, "form": form, "page": page}
    return ordering.ask(request, "unmute.html", context, refused=sent is not None)


def _unmute(request: HttpRequest, muted: AlertMute, reason: str) -> Told:
    viewer = viewer_of(request)
    if muted.ended_at is not None:  # another mute of the same subject may be in force
        return Told.warning(_("This mute is over: nothing was changed."))
    acting.unmute(muted.subject, kind=muted.kind, actor=viewer.name, comment=reason, at=viewer.at)
    return Told.success(_("The mute has ended: %(subject)s.") % {"subject": muted.subject})
