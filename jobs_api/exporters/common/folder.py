"""Exports of several files: one text with a line before each file, or a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

LINE = re.compile(r"^# File: (\S+)\n", re.MULTILINE)


def join(head: str, files: Mapping[str, str]) -> str:
    """One text: the head, then each file behind a line with its name."""
    return head + "".join(f"\n# File: {name}\n{text}" for name, text in files.items())


def split(text: str) -> dict[str, str]:
    """The files in a text that `join` has made, by their names."""
    _, *parts = LINE.split(text)
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    # `join` has put an empty line before each file: it is at the end of the one before.
    return {name: part.rstrip("\n") + "\n" for name, part in files.items()}


def write(text: str, folder: Path) -> list[Path]:
    """Write the files of a text into a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / name: part for name, part in split(text).items()}
    for path, part in files.items():
        path.write_text(part, encoding="utf-8")
    return list(files)


def read(text: str, folder: Path) -> str:
    """The text as it would be with what the folder holds.

    A file that is missing there is left out. One that an earlier export wrote and this one does not is
    added: it would call a job that is not declared any more.
    """
    files = split(text)
    found = {name: folder / name for name in files if (folder / name).is_file()}
    found |= {path.name: path for path in sorted(folder.iterdir()) if _ours(path, files)}
    return join(LINE.split(text)[0].removesuffix("\n"), {name: _text(path) for name, path in found.items()})


def _ours(path: Path, files: Mapping[str, str]) -> bool:
    # What the beginnings of all files have in common: of which exporter they are.
    signs = {_sign(text) for text in files.values()}
    alike = path.suffix in {Path(name).suffix for name in files}
    return path.name not in files and alike and path.is_file() and _sign(_text(path)) in signs


def _sign(text: str) -> str:
    return next((line for line in text.splitlines() if "triggers the jobs that are declared" in line), text)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
