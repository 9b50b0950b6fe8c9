"""What a job promises, in sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from jobs_api.conf import config
from jobs_api.dashboard import words
from jobs_api.dashboard.times import plain as span
from jobs_api.dashboard.viewer import Viewer
from jobs_api.registry.job import Job, aliases

DAY = 86_400
SHOWN_RETRIES = 3


class Policy(NamedTuple):
    """One of them."""

    name: str
    sentence: str
    more: Sequence[str] = ()
    """Details, one in a line."""


def policies(job: Job, viewer: Viewer) -> list[Policy]:
    """All of them, as far as they say anything of this job."""
    return list(_policies(job, viewer))


def _policies(job: Job, viewer: Viewer) -> Iterator[Policy]:
    scheduled = job.schedule is not None
    yield Policy(pgettext("policy", "When"), when(job, viewer))
    yield Policy(pgettext("policy", "Tries"), tries(job))
    yield Policy(pgettext("policy", "Time"), _("Stopped after %(span)s.") % {"span": span(job.timeout)})
    yield Policy(pgettext("policy", "Overlap"), overlap(job))
    if scheduled:
        yield Policy(pgettext("policy", "Catch-up"), catch_up(job))
        yield Policy(pgettext("policy", "Late"), grace(job, viewer.at))
    yield Policy(pgettext("policy", "Expires"), expires(job))
    yield Policy(pgettext("policy", "Runs in"), runs_in(job))
    if job.params is not None:
        yield _params(job)


def when(job: Job, viewer: Viewer) -> str:
    """Its schedule in words, with its zone."""
    if job.schedule is None:
        return _("On demand only: no slot is due by itself.")
    told = {"schedule": words.schedule(job), "zone": job.slots.timezone}
    return _("%(schedule)s, in %(zone)s.") % told


def tries(job: Job) -> str:
    """How often, and after what back-off."""
    if job.max_attempts == 1:
        return _("One. What failed is not tried again.")
    told = {"count": job.max_attempts, "first": span(job.retry_backoff)}
    if not job.retry_backoff:
        return _("Up to %(count)d. A retry may begin at once.") % told
    waits = [span(job.backoff(number)) for number in range(2, job.max_attempts)]
    if not waits:
        return _("Up to %(count)d. The retry begins after %(first)s.") % told
    told["then"] = ", ".join(waits[:SHOWN_RETRIES])
    if len(waits) > SHOWN_RETRIES:
        text = _(
            "Up to %(count)d. First retry after %(first)s, then %(then)s and so on, twice as long each time."
        )
    else:
        text = _("Up to %(count)d. First retry after %(first)s, then %(then)s.")
    return text % told


def overlap(job: Job) -> str:
    """What happens where a slot still runs."""
    if job.exclusive:
        return _("If a slot is still running, the next is skipped.")
    return _("Several slots may run at once.")


def catch_up(job: Job) -> str:
    """What run-due does about missed slots."""
    told = {"span": span(job.catch_up_window)}
    if job.catch_up == "all":
        return _("Every slot that was missed, up to %(span)s back.") % told
    if job.catch_up == "latest":
        return _("Only the newest slot that was missed, up to %(span)s back.") % told
    return _("None: a missed slot stays missed.")


def grace(job: Job, at: datetime) -> str:
    """When a slot counts as missed."""
    told = {"span": span(job.grace_at(at))}
    return _("Counts as missed %(span)s after the slot.") % told


def expires(job: Job) -> str:
    """Up to when a slot may be started."""
    if job.expires is not None:
        return _("A slot older than %(span)s is no longer started.") % {"span": span(job.expires)}
    days = int(config().retention_days)
    text = ngettext(
        "Never: a slot may be started for %(days)d day, as long as runs are kept.",
        "Never: a slot may be started for %(days)d days, as long as runs are kept.",
        days,
    )
    return text % {"days": days}


def runs_in(job: Job) -> str:
    """Where its command runs."""
    name = job.executor_name
    if name == "inline":
        return _("The web process that is called (inline).")
    if name == "subprocess":
        return _("A process of its own (subprocess).")
    return _("Another process, by the executor %(name)s.") % {"name": name}


def _params(job: Job) -> Policy:
    fields = job.params.model_fields if job.params is not None else {}
    named = [(aliases(name, field) or [name], field.description or "") for name, field in fields.items()]
    told = [f"{names[0]}: {text}" if text else names[0] for names, text in named]
    sentence = ngettext(
        "A caller may send %(count)d option:", "A caller may send %(count)d options:", len(told)
    ) % {"count": len(told)}
    return Policy(pgettext("policy", "Options"), sentence, told)


def declared_in(job: Job) -> str:
    """The module that declares it, such as "shop.jobs"; empty where none of the apps' modules lists it."""
    for app in apps.get_app_configs():
        module = sys.modules.get(f"{app.name}.jobs")
        listed = getattr(module, "jobs", None)
        if isinstance(listed, (list, tuple)) and any(item is job for item in listed):
            return f"{app.name}.jobs"
    return ""
