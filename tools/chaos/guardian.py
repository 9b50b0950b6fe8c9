"""Ends every process of the chaos and removes its folder, however the process that started it has ended.

It is told by its standard input, which closes with that process. What belongs to the chaos has the
folder in its environment, or works in it: PostgreSQL writes its titles over its environment. A network
namespace is named in a file there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil


def belonging(folder: Path) -> list[psutil.Process]:
    """All processes of the chaos in that folder."""
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def _belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        if process.environ().get("CHAOS_FOLDER") == str(folder):
            return True
        return Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):  # it has ended, or belongs to somebody else
        return False


def sweep(folder: Path) -> None:
    """Kill processes until there are none: a killed process may just have started another one."""
    give_up = time.monotonic() + 20
    while (found := belonging(folder)) and time.monotonic() < give_up:
        for process in found:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(found, timeout=1)


def main() -> None:
    """guardian.py FOLDER: wait, then sweep."""
    folder = Path(sys.argv[1])
    kept = sys.stdin.read().strip() == "keep"
    sweep(folder)
    if (network := folder / "network").exists():
        subprocess.run(["ip", "netns", "del", network.read_text()], check=False)
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
