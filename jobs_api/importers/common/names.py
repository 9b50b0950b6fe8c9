"""Names of jobs: a slug that no other job has, from whatever the source calls it."""

from __future__ import annotations

import re

MOST = 100


def slug(text: str) -> str:
    """Letters, digits, - and _ of the text, at most 100; other characters become one _ each run."""
    words = re.sub(r"[^a-zA-Z0-9_-]+", "_", text, flags=re.ASCII).strip("_-")
    return words[:MOST].rstrip("_-") or "job"


class Names:
    """The names that are taken."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def unique(self, text: str) -> str:
        """A free slug: the text's, or with the smallest free number behind it. It is taken from now on."""
        base = name = slug(text)
        number = self._last.get(base, 1)
        while name in self._taken:
            number += 1
            end = f"_{number}"
            name = base[: MOST - len(end)] + end
        self._last[base] = number
        self._taken.add(name)
        return name
