"""Check what a job says to people: its owner, its runbook, its tags. The engine knows nothing of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from jobs_api.registry.job import Job
from jobs_api.text.secrets import masked

OWNER_LENGTH, RUNBOOK_LENGTH, TAG_LENGTH, MOST_TAGS = 100, 500, 50, 20
TAG = re.compile(r"\w[\w.:/@+-]*")
"""No spaces, commas or wildcards: filters and alerts name tags in lists and patterns."""
UNSAFE = re.compile(r'[\s\\<>"]')
"""What no address holds as it is; a browser reads a backslash as a slash."""

OWNER_HINT = f"Write a person or a team on one line, at most {OWNER_LENGTH} characters."
RUNBOOK_HINT = f'Write the whole address of a page, at most {RUNBOOK_LENGTH} characters, such as "https://wiki.example.com/x".'
TAGS_HINT = (
    'Write a tuple of words: ("billing",) for one (the comma makes it a tuple), ("billing", "mail") for two.'
)
TAG_HINT = f"Use letters, digits and . _ - : / @ + without spaces; at most {TAG_LENGTH} characters."


class Wrong(NamedTuple):
    """What is wrong with one field."""

    id: str
    problem: str
    hint: str


def wrong(job: Job) -> Iterator[Wrong]:
    """What is wrong with the three fields: at most one thing of each."""
    if not is_owner(job.owner):
        yield Wrong("jobs_api.E026", f"owner={job.owner!r:.120} is not one line of text.", OWNER_HINT)
    if job.runbook != "" and (problem := _of_runbook(job.runbook)):
        yield Wrong("jobs_api.E027", f"runbook={masked(repr(job.runbook)):.120} {problem}.", RUNBOOK_HINT)
    if found := _of_tags(job.tags):
        yield Wrong("jobs_api.E028", *found)


def chosen(jobs: Iterable[Job], owner: str | None, tags: Iterable[str] = ()) -> list[Job]:
    """The jobs of this owner (None: of any) that have all these tags."""
    wanted = set(tags)
    return [job for job in jobs if owner in (None, job.owner) and wanted <= set(job.tags)]


def is_owner(value: object) -> bool:
    """Whether it is one line of text that is short and visible."""
    return (
        isinstance(value, str)
        and len(value) <= OWNER_LENGTH
        and value.isprintable()
        and value == value.strip()
    )


def _of_runbook(value: object) -> str:
    if not isinstance(value, str) or len(value) > RUNBOOK_LENGTH:
        return "is not an address"
    if UNSAFE.search(value) or not value.isprintable():
        return "holds a character that no address may hold"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an address that begins with https:// or http://"
    return "holds a name or password, which alerts would show" if "@" in parts.netloc else ""


def _of_tags(value: object) -> tuple[str, str] | None:
    if not isinstance(value, (tuple, list)):
        return f"tags={value!r:.80} is not a list or tuple.", TAGS_HINT
    if len(value) > MOST_TAGS:
        return f"it has {len(value)} tags.", f"At most {MOST_TAGS}."
    for number, tag in enumerate(value):
        if not (isinstance(tag, str) and len(tag) <= TAG_LENGTH and TAG.fullmatch(tag)):
            return f"the tag {tag!r:.80} is not valid.", TAG_HINT
        if tag in value[:number]:
            return f"the tag {tag!r} stands in it twice.", "Keep one of them."
    return None
