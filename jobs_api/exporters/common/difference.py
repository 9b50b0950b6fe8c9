"""The difference between a file and an export, for people: no secret in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import unified_diff

from jobs_api import conf
from jobs_api.auth.tokens import PREFIX
from jobs_api.text import visible

HIDDEN = "***"
BEARER = re.compile(r"(bearer\s+)(?![$<{%@\s\"'])([\w.~+/-]{16,}=*)", re.IGNORECASE)
ASSIGNED = re.compile(
    r"((?:secret|token|password)\w*[\"']?\s*[:=]\s*[\"']?)(?![$<{%@/])([\w.~+/-]{24,}=*)", re.I
)
ROW_TOKEN = re.compile(rf"(?<!\w){re.escape(PREFIX)}[\w-]{{43}}(?![\w-])")
"""As `jobs_token create` makes them, which leaves names of jobs alone."""


def difference(there: str, wanted: str, name: str) -> list[str]:
    """A unified difference, line by line; empty if there is none."""
    if there == wanted:
        return []
    before, after = there.splitlines(), wanted.splitlines()
    lines = list(unified_diff(before, after, name, "the declarations", lineterm="", n=2))
    if not lines:
        return [f"Only the ends of lines differ: {name} ends with {_end(there)}, not with {_end(wanted)}."]
    return [visible(without_secrets(line)) for line in lines]


def _end(text: str) -> str:
    return repr(text[-2:])


def without_secrets(text: str) -> str:
    """Text without our own secrets, and without what is written where a secret stands."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    text = ROW_TOKEN.sub(HIDDEN, text)
    return ASSIGNED.sub(rf"\1{HIDDEN}", BEARER.sub(rf"\1{HIDDEN}", text))


def _secrets() -> Sequence[str]:
    return sorted((secret for secret in conf.cron_secrets() if len(secret) > 3), key=len, reverse=True)
