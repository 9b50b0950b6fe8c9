"""Orders about one run: run it again, cancel it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from jobs_api import executors, registry
from jobs_api.dashboard import sentences
from jobs_api.dashboard.access import action
from jobs_api.dashboard.forms.params import OptionsForm
from jobs_api.dashboard.forms.runs import RerunForm, RunOrderForm
from jobs_api.dashboard.orders import told
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun
from jobs_api.monitoring.run_report import RunReport
from jobs_api.registry.job import Job
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.text import visible
from jobs_api.text.secrets import hidden
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.rerunning import rerun as carry_out


@action
def rerun(request: HttpRequest, pk: int) -> HttpResponse:
    """Run it again, with its options or others."""
    run, sent = ordering.stored(pk), ordering.sent(request)
    job = registry.find(run.job_name)
    form, options = RerunForm(sent, run=run), _options(sent, job, run)
    changes = form["change"].value() == "change" and options is not None
    if sent is not None and job is not None and form.is_valid() and (not changes or options.is_valid()):  # type: ignore[union-attr]
        try:
            said = _rerun(request, run, job, form, options.sent if changes and options else None)
        except BadInput as error:
            form.add_error(None, sentences.refusal(error))
        else:
            return ordering.told(request, said, page_of(run))
    context = {**_about(run), "job": job, "form": form, "options": options, "changes": changes}
    context["inline"] = job is not None and executors.load(job.executor_name).in_request
    return ordering.ask(request, "rerun.html", context, refused=sent is not None)


def _options(sent: Any, job: Job | None, run: JobRun) -> OptionsForm | None:
    if job is None or job.params is None:
        return None
    changes = sent is not None and sent.get("change") == "change"
    return OptionsForm(sent if changes else None, job, given=run.options)


def _rerun(
    request: HttpRequest, run: JobRun, job: Job, form: RerunForm, options: dict[str, Any] | None
) -> Told:
    if form.changed:
        return Told.warning(str(told.CHANGED))
    trigger = Trigger(RERUN, "", viewer_of(request).name, form.cleaned_data["reason"])
    return ordering.tried(
        lambda: told.of_result(carry_out(run, job, trigger, options, wait_own=0, after=run.attempt))
    )


@action
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel it, or ask it to stop."""
    run, sent = ordering.stored(pk), ordering.sent(request)
    form = RunOrderForm(sent, run=run)
    if sent is not None and form.is_valid():
        return ordering.told(request, _cancel(request, run, form), page_of(run))
    return ordering.ask(request, "cancel.html", {**_about(run), "form": form}, refused=sent is not None)


def _cancel(request: HttpRequest, run: JobRun, form: RunOrderForm) -> Told:
    if form.changed:
        return Told.warning(str(told.CHANGED))
    by, why = viewer_of(request).name, form.cleaned_data["reason"]

    return ordering.tried(lambda: told.of_cancel(cancel_run(run, actor=by, reason=why)))


def page_of(run: JobRun) -> str:
    """The page of a run."""
    return reverse("jobs_dashboard:run", args=[run.pk])


def _about(run: JobRun) -> dict[str, Any]:
    report = RunReport.of(run)
    shown = [(name, _shown(hidden(value, name))) for name, value in report.options.items()]
    return {"run": report, "shown_options": shown, "page": page_of(run)}


def _shown(value: Any) -> str:
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
