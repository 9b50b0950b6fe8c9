"""`Validator`: who else reads exported files; it takes ours, and refuses those that are broken."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from jobs_api.exporters import all_exporters
from tools.chaos.services import ROOT
from tools.schedulers.scene import program

URL = "https://shop.example.com/api"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Validator:
    """One validator."""

    title: str
    exporters: tuple[str, ...]
    """The names of the platforms whose files it reads, each in all its forms."""
    check: Callable[[str], list[str]]
    """What is wrong with such a text; `complaints` asks a program."""
    broken: Mapping[str, Callable[[str], str]]
    """Each makes a text wrong, and must be refused: what is wrong, and how it is done, such as
    `replaced("schedule:", "scheduel:")`."""
    needs: tuple[str, ...] = ()
    """Programs; without them it is skipped."""
    npm: tuple[str, ...] = ()
    """Packages that are installed beside .venv-schedulers if npm is there; else it is skipped."""


def replaced(old: str, new: str) -> Callable[[str], str]:
    """How to break a text. It must be there: AssertionError if not."""

    def broken(text: str) -> str:
        assert old in text, f"the export does not contain {old!r}"
        return text.replace(old, new, 1)

    return broken


def complaints(name: str, *words: str, text: str, file: str) -> list[str]:
    """What a program says about a file with this text, its path is the word {file}; empty: exit 0."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-validator-") as folder:
        path = Path(folder) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        command = [program(name) or name, *(word.replace("{file}", str(path)) for word in words)]
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    lines = (found.stdout + found.stderr).strip().splitlines()
    return (lines or [f"exit {found.returncode}"]) if found.returncode else []


def exported(platform: str) -> Iterator[tuple[str, str]]:
    """The exports of the reference project: a title and the text, one for each form."""
    for form in all_exporters()[platform].forms:
        words = ["jobs_export", platform, f"--form={form}", f"--base-url={URL}", "--run-due-every=5m"]
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings.test"}
        found = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True
        )
        if found.returncode:
            raise RuntimeError(f"{' '.join(words)}: {(found.stderr or found.stdout)[-500:]}")
        yield f"{platform} ({form})", found.stdout


def examine(validator: Validator) -> tuple[str, list[str]]:
    """What was read and refused, and what is wrong."""
    texts = [pair for platform in validator.exporters for pair in exported(platform)]
    wrong = [f"{title}: {fault}" for title, text in texts for fault in validator.check(text)[:5]]
    wrong += [] if texts else ["it reads no export"]
    for how, breaking in validator.broken.items():
        able = [text for _, text in texts if _breaks(breaking, text)]
        wrong += [] if able else [f"{how}: no export can be broken so"]
        wrong += [f"{how}: is not refused" for text in able if not validator.check(breaking(text))]
    return f"{len(texts)} read, {len(validator.broken)} broken ones refused", wrong


def _breaks(breaking: Callable[[str], str], text: str) -> bool:
    try:
        return breaking(text) != text
    except AssertionError:
        return False
