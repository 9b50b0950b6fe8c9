"""Take the pictures, into docs/pictures/. Each is small: it has a palette.

They are the same on every machine with the fonts of `fonts.conf` (Debian: fonts-inter, fonts-dejavu-core).
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools import chromium
from tools.screenshots import pictures
from tools.screenshots.shots import DESKTOP, PHONE, SHOTS, Shot
from tools.seed import MORNING, emptying, serving

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
FONTS = Path(__file__).with_name("fonts.conf")
NAME = "crm.example"
"""What the browser calls the server: the pictures name no port."""
LARGEST = 150_000
"""Bytes."""
NEWEST = "SELECT id FROM jobs_api_jobrun WHERE job_name = ? ORDER BY run_date DESC LIMIT 1"
INCIDENT = "SELECT id FROM jobs_api_incident WHERE closed_at IS NULL AND kind = 'failed'"


def main() -> int:
    """Take them all, or those that are named."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    names = [shot.name for shot in SHOTS]
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", choices=names, help=" ".join(names))
    parser.add_argument("--into", type=Path, default=PICTURES, help="another folder")
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels of one pixel")
    given = parser.parse_args()
    program = chromium.find() or chromium.install()
    if program is None:
        parser.error(chromium.MISSING)
    given.into.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not given.only or shot.name in given.only]
    large = []
    with (
        tempfile.TemporaryDirectory(prefix="jobs-api-pictures-") as folder,
        _place(Path(folder), program) as place,
    ):
        for shot in wanted:
            if shot.empty:
                emptying.empty(place[1])
            for name, data in _pictures(*place, shot, given.scale):
                kept = given.into / name
                same = kept.exists() and pictures.look_alike(kept.read_bytes(), data)
                if not same:
                    kept.write_bytes(data)
                print(f"{name}  {len(data) // 1000} kB{'  as before' if same else ''}", flush=True)
                large += [name] if len(data) > LARGEST else []
    if large:
        print(f"Larger than {LARGEST // 1000} kB: {', '.join(large)}", file=sys.stderr)
    return bool(large)


Place = tuple[Browser, Path, list[dict[str, str]]]


@contextmanager
def _place(folder: Path, program: str) -> Iterator[Place]:
    options = serving.Options(MORNING, frozen=True)
    serving.fill(folder, options)
    with serving.server(folder, options) as url, sync_playwright() as playwright:
        arguments = [
            *chromium.arguments(),
            f"--host-resolver-rules=MAP {NAME}:80 {url.removeprefix('http://')}",
        ]
        arguments += ["--font-render-hinting=none", "--disable-lcd-text"]
        fonts = {**os.environ, "FONTCONFIG_FILE": str(FONTS)}
        browser = playwright.chromium.launch(executable_path=program, args=arguments, env=fonts)
        yield browser, folder, _log_in(browser)
        browser.close()


def _log_in(browser: Browser) -> list[dict[str, str]]:
    page = browser.new_page(base_url=f"http://{NAME}", timezone_id="Europe/Berlin")
    page.goto("/admin/login/?next=/dashboard/help/")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("Password").fill(serving.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/dashboard/help/")
    cookies = page.context.cookies()
    page.context.close()
    return [dict(cookie) for cookie in cookies]  # type: ignore[arg-type]


def _pictures(
    browser: Browser, folder: Path, cookies: list[dict[str, str]], shot: Shot, scale: float
) -> Iterator[tuple[str, bytes]]:
    sizes = {"": (DESKTOP[0], shot.height), **({"-phone": PHONE} if shot.phone else {})}
    for ending, (width, height) in sizes.items():
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=f"http://{NAME}",
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme=theme,  # type: ignore[arg-type]
                locale="en-GB",
                timezone_id="Europe/Berlin",
                reduced_motion="reduce",
            )
            context.clock.set_fixed_time(MORNING)
            context.add_cookies(cookies)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(shot.path if shot.empty else shot.path.format(**_ids(folder)))
            yield f"{shot.name}-{theme}{ending}.png", pictures.small(_taken(page, shot))
            context.close()


def _ids(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / serving.DATABASE)) as connection:
        jobs = {"running": "import_bank_statements", "failed": "reconcile_payments"}
        ids = {name: connection.execute(NEWEST, [job]).fetchone()[0] for name, job in jobs.items()}
        return ids | {"incident": connection.execute(INCIDENT).fetchone()[0]}


def _taken(page: Page, shot: Shot) -> bytes:
    page.evaluate("document.fonts.ready")
    shot.act(page)
    page.wait_for_load_state("networkidle")
    return page.screenshot(animations="disabled", caret="hide")


if __name__ == "__main__":
    sys.exit(main())
