"""Where Chromium is, for the browser tests and the pictures; `python -m tools.chromium` installs it.

It may take the system's packages, as root, or what Playwright brings. Nothing else installs one unasked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "There is no Chromium. Install it (python -m tools.chromium), or name one in CHROMIUM."


def find() -> str | None:
    """The program: what CHROMIUM names, one on PATH, or Playwright's own; None if there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def arguments() -> list[str]:
    """What it is started with."""
    # Its sandbox needs a user of its own; these pages are ours.
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []


def install() -> str | None:
    """Install one by the system's packages if that is allowed, else by Playwright."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = ["chromium", "fonts-dejavu-core"]
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run([*apt, *command], env=env, stdin=subprocess.DEVNULL, check=False)
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


if __name__ == "__main__":
    found = find() or install()
    print(f"Chromium: {found}" if found else MISSING)
    sys.exit(0 if found else 1)
