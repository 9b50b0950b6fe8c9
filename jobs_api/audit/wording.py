"""Texts of an entry as a database can store them, without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs_api.conf import cron_secrets
from jobs_api.text import storable
from jobs_api.text.secrets import MASK

TOKEN = re.compile(r"jobs_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""A token as `jobs_token create` shows it: somebody may give it in the place of its name."""


def worded(text: str, most: int | None = None) -> str:
    """The text with its secrets masked and its unstorable characters spelled; at most so long."""
    text = TOKEN.sub(MASK, text)
    for secret in cron_secrets():
        text = text.replace(secret, MASK) if len(secret) >= 8 else text
    return storable(text).replace("\x00", "\\x00")[:most]


def plain(value: Any) -> Any:
    """A detail as JSON; what is inside may be anything."""
    if isinstance(value, Mapping):
        return {worded(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int)):
        return value
    return worded(str(value))
