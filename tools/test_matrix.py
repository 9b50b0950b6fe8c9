"""Run the tests on each installed and supported Python, with each Django, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = ("5.2", "6.0", "6.1")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-matrix"
PROBE = "import ensurepip, sqlite3, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"


def supported(python: str, django: str) -> bool:
    return django < "6" or python >= "3.12"


def interpreter(version: str) -> Path | None:
    """An interpreter of `version` that works: some names are only a shim."""
    named = [Path(folder) / f"python{version}" for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for path in [*named, *pyenv.glob(f"{version}.*/bin/python")]:
        if path.exists():
            probe = subprocess.run([path, "-c", PROBE], check=False, capture_output=True, text=True)
            if probe.stdout.strip() == version:
                return path
    return None


def requirements(django: str) -> str:
    """requirements-dev.txt, or for another Django than its own the same pins without hashes."""
    text = (ROOT / "requirements-dev.txt").read_text()
    if f"\ndjango=={django}." in text:
        return text
    pins = [line.rstrip(" \\") for line in text.splitlines() if line and line[0] not in " #"]
    return "\n".join([*(pin for pin in pins if not pin.startswith("django==")), f"django=={django}.*"])


def environment(base: Path, python: str, django: str) -> Path:
    """The interpreter of a virtual environment; it is created again if its requirements have changed."""
    home = FOLDER / f"py{python}-django{django}"
    wanted, made = requirements(django), home / "requirements.txt"
    if not made.exists() or made.read_text() != wanted:
        subprocess.run([base, "-m", "venv", "--clear", home], check=True)
        listed = FOLDER / f"{home.name}.txt"
        listed.write_text(wanted)
        quiet = ["--quiet", "--disable-pip-version-check"]
        # The list is complete. Some package of another scheduler always says that it takes no new Django yet.
        how = [*quiet, "--no-deps", "-r", listed]
        subprocess.run([home / "bin/python", "-m", "pip", "install", *how], check=True)
        listed.rename(made)  # last: an interrupted installation is not mistaken for a whole one
    return home / "bin/python"


def run_tests(python: Path, *, postgres: bool) -> tuple[bool, str]:
    """Whether the suite passed, and pytest's last line."""
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *sys.argv[1:]]
    if postgres:
        command = [str(python), str(ROOT / "tools/with_postgres.py"), *command]
    variables = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        lines = process.communicate()[0].strip().splitlines() or ["no output"]
    if process.returncode:
        print("\n".join(lines[-60:]))
    return process.returncode == 0, lines[-1].strip("= ")


def rows() -> Iterator[tuple[bool, str]]:
    for python in PYTHONS:
        base = interpreter(python)
        if base is None:
            yield True, f"{python:<8}{'-':<8}{'-':<12}not found here"
            continue
        for django in filter(lambda django: supported(python, django), DJANGOS):
            runner = environment(base, python, django)
            for database in ("SQLite", "PostgreSQL"):
                passed, line = run_tests(runner, postgres=database == "PostgreSQL")
                yield passed, f"{python:<8}{django:<8}{database:<12}{'ok  ' if passed else 'FAIL'}  {line}"


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    table, passed = [], True
    for ok, row in rows():
        print(row, flush=True)
        table.append(row)
        passed &= ok
    print("", f"{'Python':<8}{'Django':<8}{'Database':<12}Result", *table, sep="\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
