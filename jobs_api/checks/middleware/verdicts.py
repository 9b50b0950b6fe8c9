"""What each middleware did with a test request."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import Http404

from jobs_api.checks.middleware import remedies
from jobs_api.checks.middleware.chain import Chain
from jobs_api.checks.middleware.link import REFUSALS, Link
from jobs_api.checks.middleware.questions import Question, Seen
from jobs_api.registry.validation import Fault
from jobs_api.text import one_line

AROUND = "A decorator around our URLs"
MAY_DIFFER = ("vary", "content-length", "cache-control")
"""Headers of ours that may change: a longer Vary does no harm, and Cache-Control is judged by itself."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What one middleware did."""

    link: Link | None
    """None: it was a decorator."""
    fault: Fault

    @property
    def key(self) -> tuple[str, str]:
        """Equal for what needs to be told once."""
        return self.fault.id, self.link.name if self.link else ""


def verdicts(chain: Chain, question: Question, before: Collection[bytes]) -> Iterator[Verdict]:
    """Ask, and see what each middleware did; one that answers by itself is skipped, to look at those within.

    Args:
        before: the bodies of earlier answers: one that comes again was stored.
    """
    for link in chain.links:
        link.skipped = link.stores
    for _ in range(len(chain.links) + 1):
        seen = chain.ask(question)
        yield from _lost(chain, question)
        answerer = None if question.sent else _answerer(chain)
        if answerer is None:
            break
        answerer.skipped = True
        answer = answerer.returned or seen
        yield Verdict(answerer, _instead(answerer.name, answerer.error, answer, question, before))
    if not question.sent and not isinstance(chain.error, Http404):
        yield Verdict(None, _instead(AROUND, chain.error, seen, question, before))
    yield from _changed(chain, question)


def _answerer(chain: Chain) -> Link | None:
    """Who answered instead of us: the middleware that passed nothing on, or whose process_view answered."""
    silent = (link for link in chain.links if not link.skipped and link.entered and not link.passed)
    return next(silent, next((link for link in chain.links if link.answered_in_view), None))


def _instead(
    who: str, error: Exception | None, seen: Seen, question: Question, before: Collection[bytes]
) -> Fault:
    """The fault of what answered in our place."""
    what = asked(question)
    if isinstance(error, DisallowedHost):
        text = f"{who} refuses {what} with 400, as the host {question.host!r} is not allowed."
        return Fault("jobs_api.W021", text, remedies.ALLOWED_HOSTS)
    if error is not None and not isinstance(error, tuple(kind for kind, _ in REFUSALS)):
        return _raised(f"{who} raises at {what}", error, question)
    if seen.body in before:
        text = f"{who} answers {what} with an answer to an earlier request."
        return Fault("jobs_api.W022", text, remedies.STORES)
    if 300 <= seen.status < 400:
        return _redirect(who, seen, question)
    text = f"{who} answers {what} with {seen.status}: jobs_api is not asked, and nothing runs."
    return Fault("jobs_api.W021", text, remedies.refused(question.root, seen.status))


def _redirect(who: str, seen: Seen, question: Question) -> Fault:
    target = seen.headers.get("location", "")
    there = urlsplit(target)
    same_host = there.netloc in ("", question.host)
    if not question.secure and there.scheme == "https" and same_host:
        text = f"{who} redirects triggers from http to https, and a redirect turns a POST into a GET."
        return Fault("jobs_api.W002", text, remedies.plain_http(question.root))
    text = f"{who} redirects {asked(question)} to {one_line(target)[:120]}: nothing runs."
    if question.bare:
        return Fault("jobs_api.W020", text, remedies.LANGUAGE)
    if not same_host and there.path == question.path:
        return Fault("jobs_api.W020", text, remedies.other_host(f"https://{there.netloc}{question.root}"))
    return Fault("jobs_api.W020", text, remedies.refused(question.root, seen.status))


def _lost(chain: Chain, question: Question) -> Iterator[Verdict]:
    known: list[str] = []
    for link in chain.links:
        new = [name for name in link.lost if name not in known]
        known += new
        if new and not link.skipped:
            text = f"{link.name} takes away {' and '.join(new)} of {asked(question)}."
            yield Verdict(link, Fault("jobs_api.W024", text, remedies.lost(question.root)))


def _changed(chain: Chain, question: Question) -> Iterator[Verdict]:
    """Compare what each middleware got from within with what it made of it."""
    yield from _compared(None, question.sent, chain.inner, question)
    for link in reversed(chain.links):
        if link.skipped or not link.passed:
            continue
        if link.error is None:
            yield from _compared(link, link.received, link.returned, question)
        elif not link.left_out:
            yield Verdict(link, _raised(f"{link.name} raises after {asked(question)}", link.error, question))


def _compared(
    link: Link | None, before: Seen | None, after: Seen | None, question: Question
) -> Iterator[Verdict]:
    if before is None or after is None:
        return
    who, what = link.name if link else AROUND, asked(question)
    if before.status == 404 and not question.sent:  # no URL of ours: most of what answers then is right
        if 300 <= after.status < 400:
            yield Verdict(link, _redirect(who, after, question))
        return
    if changes := list(_differences(before, after)):
        text = f"{who} changes our answer to {what}: {', '.join(changes)}."
        yield Verdict(link, Fault("jobs_api.W023", text, remedies.changed(question.root)))
    elif _is_stored(after) and not _is_stored(before):
        value = after.headers.get("cache-control", "")
        text = f"{who} lets caches store our answer to {what}: its Cache-Control is now {value!r}."
        yield Verdict(link, Fault("jobs_api.W022", text, remedies.STORES))


def _differences(before: Seen, after: Seen) -> Iterator[str]:
    if before.status != after.status:
        where = after.headers.get("location")
        yield f"{before.status} becomes {after.status}" + (f" to {one_line(where)[:80]}" if where else "")
    if before.body != after.body:
        yield "another body"
    for name, value in before.headers.items():
        if name not in MAY_DIFFER and after.headers.get(name) != value:
            yield f"another {name.title()}"


def _is_stored(seen: Seen) -> bool:
    return "no-store" not in seen.headers.get("cache-control", "").lower()


def _raised(text: str, error: Exception, question: Question) -> Fault:
    message = one_line(f"{type(error).__name__}: {error}")[:200]
    return Fault("jobs_api.W025", f"{text}: {message.rstrip('.')}.", remedies.raised(question.root))


def asked(question: Question) -> str:
    """The request, for a sentence."""
    scheme = "" if question.secure else " over plain http"
    return f"{question.method} {question.path}{scheme}"
