"""What a monitor calls a job: names are mapped where its rules are narrower than ours."""

from __future__ import annotations

import hashlib


def slug(name: str, longest: int) -> str:
    """In lower case, and no longer than that: what is cut gets a mark of its own, so that it stays unique."""
    lower = name.lower()
    if len(lower) <= longest:
        return lower
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{lower[: longest - 9]}-{mark}"
