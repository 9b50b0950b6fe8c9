"""The file of an export: read for a comparison, or replaced as a whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jobs_api.exporters.common.exporter import Exporter
from jobs_api.exporters.common.faults import BadOption

STANDARD = "-"
OURS = "Written by: manage.py jobs_export "


def read(name: str) -> str | None:
    """The text of a file, of standard input for `-`; None if there is none. Line ends become newlines.

    Raises:
        BadOption: it cannot be read.
    """
    try:
        if name == STANDARD:
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadOption(f"{name} cannot be read: {error.strerror}.") from None


def write(name: str, text: str, exporter: Exporter, *, force: bool) -> None:
    """Replace a file as a whole: whoever reads it meanwhile sees the old one or the new one.

    Raises:
        BadOption: it holds what we did not write, or it cannot be written.
    """
    there = None if force else read(name)
    if there is not None and there != text and not _is_ours(there, exporter):
        raise BadOption(f"{name} is not what jobs_export wrote: {_remedy(exporter)}")
    path = Path(os.path.realpath(name))  # the file behind a link, not the link
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(beside, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(beside, path.stat().st_mode & 0o7777)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BadOption(f"{name} cannot be written: {error.strerror}.") from None


def _is_ours(there: str, exporter: Exporter) -> bool:
    """Whether it begins as our exports do. A format without comments may hold keys of others beside ours."""
    return not there.strip() or (bool(exporter.comment) and OURS in there[:4000])


def _remedy(exporter: Exporter) -> str:
    if exporter.comment:
        return "name another file, or replace it with --force."
    return "it may hold keys of yours: put ours into it by hand, or replace it with --force."
