"""Which test requests are sent through the middleware, and what is reported of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from jobs_api import conf
from jobs_api.checks.middleware import remedies, solitude
from jobs_api.checks.middleware.chain import Chain
from jobs_api.checks.middleware.mounts import MOST, Mount, mounts
from jobs_api.checks.middleware.questions import Question
from jobs_api.checks.middleware.verdicts import Verdict, asked, verdicts
from jobs_api.registry.validation import Fault
from jobs_api.text import one_line

JOB = "system-check-of-jobs-api"
"""No job has this name, so that no answer that a cache stores of it is ever given to a caller."""
LOCAL = ("localhost", "127.0.0.1", "[::1]")
MOST_HOSTS = 5


def found() -> list[Fault]:
    """What is reported. Without ALLOWED_HOSTS Django accepts no request; its own security.W020 tells that."""
    inquiry = Inquiry()
    try:
        if conf.allowed_hosts():
            solitude.alone(inquiry.hold)
    except TimeoutError:
        inquiry.give_up(f"took longer than {solitude.LIMIT:g} s")
    except Exception as error:  # noqa: BLE001 - a URLconf or a setting of the host may raise anything
        inquiry.give_up(one_line(f"cannot be checked: {type(error).__name__}: {error}")[:300])
    return list(inquiry.faults.values())


class Inquiry:
    """One look at the whole chain."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.faults: dict[object, Fault] = {}
        """What is reported, by what makes two reports the same."""
        self.question: Question | None = None
        """The newest one."""
        self._bodies: list[bytes] = []
        self._urlconfs: list[str] = []

    def hold(self) -> None:
        """Ask everything."""
        self.chain.load_middleware()
        for path, error in self.chain.unloaded:
            self._tell_that_it_is_not_loaded(path, error)
        places = self._places()
        if not places:
            self._tell_that_nothing_is_mounted()
        for question in _questions(places):
            self._ask(question)

    def give_up(self, why: str) -> None:
        """Tell where it ended."""
        at = f" ({asked(self.question)})" if self.question else ""
        text = f"{self.chain.standing_at()} {why}{at}. What comes after it was not checked."
        hint = "Call `manage.py check --deploy` where its database, cache and services can be reached."
        self.faults["given up"] = Fault("jobs_api.W026", text, hint)

    def _ask(self, question: Question) -> None:
        self.question = question
        for verdict in verdicts(self.chain, question, self._bodies):
            self._note(verdict)
        for link in self.chain.links:
            if link.left_out:
                self._tell_that_it_is_left_out(link.name, link.error)
        self._bodies.append(question.body)

    def _note(self, verdict: Verdict) -> None:
        if verdict.link and verdict.fault.id == "jobs_api.W022":
            verdict.link.stores = True
        self.faults.setdefault(verdict.key, verdict.fault)

    def _places(self) -> list[tuple[str, Mount]]:
        """Hosts and mounts; a middleware may give each host URLs of its own."""
        places = []
        for host in _hosts():
            self.question = Question("POST", "/", JOB, status=0, host=host)
            self.chain.ask(self.question)
            if str(self.chain.urlconf) not in self._urlconfs:
                self._urlconfs.append(str(self.chain.urlconf))
            places += [(host, mount) for mount in mounts(self.chain.urlconf)]
        return places

    def _tell_that_it_is_not_loaded(self, path: str, error: Exception) -> None:
        if solitude.is_of_a_database(error):
            self._tell_that_it_is_left_out(path, error)
            return
        text = one_line(f"{path} cannot be loaded: {type(error).__name__}: {error}")[:300]
        hint = "Correct it, or remove it from MIDDLEWARE: no server starts with it."
        self.faults[path] = Fault("jobs_api.W025", text, hint)

    def _tell_that_it_is_left_out(self, path: str, error: Exception | None) -> None:
        text = one_line(f"{path} was left out of the check: {error}")[:300]
        hint = remedies.WRITES if isinstance(error, solitude.NoWrites) else remedies.NEEDS_TABLES
        self.faults.setdefault(("left out", path), Fault("jobs_api.I021", text, hint))

    def _tell_that_nothing_is_mounted(self) -> None:
        text = f"No URL of jobs_api is mounted in {', '.join(self._urlconfs)}, so no middleware was checked."
        hint = 'Add path("api/", include("jobs_api.urls")); if only commands start jobs, silence this.'
        self.faults["nothing"] = Fault("jobs_api.I020", text, hint)


def _questions(places: list[tuple[str, Mount]]) -> Iterator[Question]:
    """All of them for each mount, on its first host; one for each further host."""
    seen: list[Mount] = []
    for host, mount in places:
        if mount not in seen and len(seen) < MOST:
            yield from _of_mount(host, mount)
        else:
            yield Question("POST", mount.prefix, f"jobs/{JOB}/run", host=host)
        seen.append(mount)


def _of_mount(host: str, mount: Mount) -> Iterator[Question]:
    run, job = f"jobs/{JOB}/run", f"jobs/{JOB}"
    for method, route, status in (
        ("POST", run, 200),
        ("POST", run, 401),
        ("POST", f"{run}/", 500),
        ("GET", job, 200),
        ("GET", job, 404),
        ("GET", "health/live", 503),
    ):
        yield Question(method, mount.prefix, route, status, host)
    if conf.config().allow_get is True:
        yield Question("GET", mount.prefix, run, 200, host)
    yield Question("POST", mount.prefix, run, 403, host, secure=False)
    if mount.bare:
        yield Question("POST", mount.bare, run, host=host, bare=True)


def _hosts() -> list[str]:
    """Hosts for which Django accepts requests; this machine's own names only if there is no other."""
    names = [_host(entry) for entry in conf.allowed_hosts()]
    return ([name for name in names if name not in LOCAL] or names)[:MOST_HOSTS]


def _host(entry: str) -> str:
    """The host that an entry of ALLOWED_HOSTS means, even one with a scheme or a port, which matches none."""
    plain = entry.strip().lstrip(".").replace("*", "localhost")
    netloc = urlsplit(plain if "//" in plain else f"//{plain}").netloc
    return re.sub(r":\d+$", "", netloc)
