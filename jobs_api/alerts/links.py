"""Addresses of pages, for messages: there is no request to take them from."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.urls import NoReverseMatch, reverse

from jobs_api import conf, registry
from jobs_api.models import Incident
from jobs_api.text import loggers

logger = loggers.logger(__name__)


def links(incident: Incident) -> dict[str, str]:
    """The pages about an incident by what they are, those for people first; empty without BASE_URL."""
    found = {**_for_people(incident), **_for_programs(incident)}
    return {name: url for name, url in found.items() if url}


def _for_people(incident: Incident) -> dict[str, str]:
    """Pages of the dashboard, where the host has mounted it. Nothing happens by opening one."""
    found = {}
    if incident.run is not None:
        found["run"] = dashboard("run", incident.run)
    if incident.job_name and registry.find(incident.job_name) is not None:
        found["job"] = dashboard("job", incident.job_name)
    if incident.kind == "source_silent" and (overview := dashboard("overview")):
        found["sources"] = f"{overview}#sources"
    return {**found, "incident": dashboard("incident", incident.pk)}


def _for_programs(incident: Incident) -> dict[str, str]:
    run, job = incident.run, incident.job_name
    if run is not None:
        return {"admin": _admin(run), "api": page("run", run), "output": page("output", run)}
    return {"api": page("job", job) if job else page("sources")}


def dashboard(name: str, *args: object) -> str:
    """The address of one page of the dashboard; "" where BASE_URL or the dashboard is missing."""
    return _address(f"jobs_dashboard:{name}", *args)


def page(name: str, *args: object) -> str:
    """The address of one page of the API; "" where BASE_URL or the page is missing."""
    return _address(f"jobs_api:{name}", *args)


def _admin(run: int) -> str:
    """The run's page in Django's admin, which a browser can open without a token; "" where there is none."""
    return _address("admin:jobs_api_jobrun_change", run)


def _address(view: str, *args: object) -> str:
    base = conf.config().base_url
    if (
        not base or "@" in urlsplit(base).netloc
    ):  # a password would be in each message; a check says so, where it is run
        return ""
    try:
        path = reverse(view, args=args)
    except NoReverseMatch:  # the host has put the API below a namespace of its own, or nowhere
        return ""
    except Exception:  # the host's URLs are imported here; a message is sent without them, too
        logger.warning("The host's URLs cannot be read; alerts have no links.", exc_info=True)
        return ""
    return _joined(base.rstrip("/"), path)


def _joined(base: str, path: str) -> str:
    """What both have is there once: a BASE_URL that ends with the prefix of the API, or of the whole site."""
    below = urlsplit(base).path
    return base + (path.removeprefix(below) if below and path.startswith(f"{below}/") else path)


def site() -> str:
    """The host of BASE_URL: which of several sites a message is about; "" without it."""
    return urlsplit(conf.config().base_url).hostname or ""
