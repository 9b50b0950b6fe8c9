"""An export of several files in one text: each begins with a comment that names it."""

from __future__ import annotations


def section(mark: str, name: str) -> str:
    """The line before a file; `mark` begins a comment in its format."""
    return f"{mark} File: {name}\n"


def splitting(file: str) -> str:
    """The shell command that writes the files of such an export, for `how_to_apply`."""
    return f"awk '/^(#|\\/\\/) File: / {{ file = $3 }} file {{ print > file }}' {file}"
