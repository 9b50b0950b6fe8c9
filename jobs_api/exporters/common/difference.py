"""The difference between a file and an export, for people: no secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jobs_api import conf
from jobs_api.auth.tokens import PREFIX
from jobs_api.exporters.common.matching import Opcodes
from jobs_api.text import visible
from jobs_api.text.secrets import MASK, masked

MOST = 400
"""Lines of a difference that are shown."""
BEARER = re.compile(r"(bearer\s+)(?![$<{%@\s\"'])([\w.~+/-]{16,}=*)", re.IGNORECASE)
REFERENCE = re.compile(r"bearer\s+[$<{%@]", re.IGNORECASE)
"""What an export writes: it names where the secret is, and may be read."""
ROW_TOKEN = re.compile(rf"(?<!\w){re.escape(PREFIX)}[\w-]{{43}}(?![\w-])")
"""As `jobs_token create` makes them, which leaves names of jobs alone."""


def difference(there: str, wanted: str, name: str) -> list[str]:
    """A unified difference, line by line; empty if there is none."""
    if there == wanted:
        return []
    lines = list(_unified(there.splitlines(), wanted.splitlines(), name))
    if not lines:
        return [f"Only the ends of lines differ: {name} ends with {_end(there)}, not with {_end(wanted)}."]
    shown = [_shown(line) for line in lines[:MOST]]
    return shown + ([f"and {len(lines) - MOST} more lines"] if len(lines) > MOST else [])


def _unified(before: list[str], after: list[str], name: str) -> Iterator[str]:
    """As `diff -U2` writes it."""
    head = [f"--- {name}", "+++ the declarations"]
    for group in Opcodes(before, after).get_grouped_opcodes(2):
        yield from head
        head = []
        (_, i, _, j, _), (_, _, end_i, _, end_j) = group[0], group[-1]
        yield f"@@ -{i + 1},{end_i - i} +{j + 1},{end_j - j} @@"
        for tag, first, last, other, other_last in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[first:last])
            else:
                yield from (f"-{line}" for line in before[first:last])
                yield from (f"+{line}" for line in after[other:other_last])


def _end(text: str) -> str:
    return repr(text[-2:])


def _shown(line: str) -> str:
    """A line behind its mark, which is no part of what a program is called."""
    return visible(line[:1] + without_secrets(line[1:]))


def without_secrets(text: str) -> str:
    """Text without our own secrets, and without what is written where a secret stands."""
    for secret in _secrets():
        text = text.replace(secret, MASK)
    text = BEARER.sub(rf"\1{MASK}", ROW_TOKEN.sub(MASK, text))
    return text if REFERENCE.search(text) else masked(text)


def _secrets() -> Sequence[str]:
    return sorted((secret for secret in conf.cron_secrets() if len(secret) > 3), key=len, reverse=True)
