"""The file or folder of an export: read for a comparison, or written, each file as a whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote

from jobs_api.exporters.common import folder
from jobs_api.exporters.common.comments import origin
from jobs_api.exporters.common.exporter import Exporter
from jobs_api.exporters.common.faults import BadOption
from jobs_api.text import visible

STANDARD = "-"
UNIX = ("crontab", ".sh")
"""Files whose readers take the end of a line of Windows for a part of the command, which then fails."""


def read(name: str, wanted: str, exporter: Exporter) -> str | None:
    """What is there, as one text: a file, a folder, or standard input for `-`; None if it does not exist.

    Args:
        wanted: the text of the export, which tells what files of a folder belong to it.

    Raises:
        BadOption: it cannot be read.
    """
    if not _is_folder(exporter) or name == STANDARD:
        return _text(name, keep_ends=exporter.file.endswith(UNIX))
    try:
        return folder.read(wanted, Path(name)) if os.path.exists(name) else None
    except OSError as error:
        raise BadOption(f"{name} cannot be read: {error.strerror}.") from None


def write(name: str, text: str, exporter: Exporter, *, force: bool) -> None:
    """Write a file, or the files of a folder. Whoever reads one meanwhile sees the old one or the new one.

    Raises:
        BadOption: it holds what we did not write, or it cannot be written.
    """
    if not _is_folder(exporter) and os.path.isdir(name):
        raise BadOption(f"{name} is a folder: name the file, such as {os.path.join(name, exporter.file)}.")
    if _is_folder(exporter) and os.path.isfile(name):
        raise BadOption(f"{name} is a file, and this export has several: name a folder.")
    files = folder.split(text) if _is_folder(exporter) else {"": text}
    parts = {os.path.join(name, file) if file else name: part for file, part in files.items()}
    for path, part in parts.items():
        _require_file(path)
        if not force:
            _require_ours(path, part, exporter)
    try:
        if _is_folder(exporter):
            os.makedirs(name, exist_ok=True)
        for path, part in parts.items():
            _replace(Path(os.path.realpath(path)), part)  # the file behind a link, not the link
    except FileNotFoundError:
        missing = quote(os.path.dirname(os.path.realpath(name)))
        raise BadOption(f"{name} cannot be written: its folder does not exist: mkdir -p {missing}") from None
    except OSError as error:
        raise BadOption(f"{name} cannot be written: {error.strerror}.") from None


def _require_file(name: str) -> None:
    """Refuse a device or a pipe: to write a file as a whole would put a file in its place."""
    if os.path.exists(name) and not os.path.isfile(name):
        raise BadOption(f"{name} is not a regular file: name another one, or print it with --output -.")


def _is_folder(exporter: Exporter) -> bool:
    return exporter.file.endswith("/")


def _text(name: str, *, keep_ends: bool = False) -> str | None:
    """With newlines at the ends of lines, whatever ends them there, unless they are kept."""
    try:
        data = _standard_input() if name == STANDARD else Path(name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadOption(f"{name} cannot be read: {error.strerror}.") from None
    text = data.decode("utf-8", "surrogateescape")
    return text if keep_ends else text.replace("\r\n", "\n")


def _standard_input() -> bytes:
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read().encode() if binary is None else bytes(binary.read())


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(beside, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(beside, path.stat().st_mode & 0o7777)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _require_ours(name: str, text: str, exporter: Exporter) -> None:
    """Refuse to replace what does not begin as our exports to this platform do.

    A file without comments may hold keys of others beside ours.
    """
    there = _text(name)
    if there is None or there == text or not there.strip():
        return
    if not exporter.comment:
        remedy = "it may hold keys of yours: put ours into it by hand, or replace it with --force."
        raise BadOption(f"{name} is not what jobs_export wrote: {remedy}")
    title, _ = origin(there[:4000])
    if title != exporter.title:
        of = (
            f"the export to {visible(title)}, not to {exporter.title}"
            if title
            else "not what jobs_export wrote"
        )
        raise BadOption(f"{name} is {of}: name another file, or replace it with --force.")
