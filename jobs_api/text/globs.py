"""Lists of globs, as settings choose jobs by them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

NOT = "!"
"""What a glob begins with that leaves names out."""


def chooses(globs: Iterable[str], name: str) -> bool:
    """Whether the globs choose a name: one of them matches, and none with "!" before it does.

    Where each has a "!", they choose everything else; without any they choose everything.
    """
    given = list(globs)
    if any(glob.startswith(NOT) and fnmatchcase(name, glob[1:]) for glob in given):
        return False
    wanted = [glob for glob in given if not glob.startswith(NOT)]
    return not wanted or any(fnmatchcase(name, glob) for glob in wanted)
