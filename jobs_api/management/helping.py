"""What `--help` says below the arguments: examples to copy, and what each exit status means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.core.management.base import DjangoHelpFormatter

USUAL = {
    1: "an error; the line on stderr names the remedy",
    2: "the command line is wrong",
    75: "the database is locked, away or not migrated: try again later",
    130: "interrupted by Ctrl-C",
}
"""The exit status of every command, unless it says otherwise."""


class Formatter(DjangoHelpFormatter):
    """Django's order of arguments; a text that has lines of its own keeps them."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "".join(f"{indent}{line}\n" for line in text.splitlines())


def epilog(prog: str, examples: Sequence[str], statuses: Mapping[int, str]) -> str:
    """The examples of a command, each with its name before it, and its exit statuses."""
    lines = [f"  {prog} {example}".rstrip() for example in examples]
    meanings = sorted({0: "done", **USUAL, **statuses}.items())
    table = [f"  {status:<4}{meaning}" for status, meaning in meanings]
    return "\n".join(["examples:", *lines, "", "exit status:", *table])
