"""What axe-core finds on a page, by levels A and AA."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": LEVELS},
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
}


def violations(page: Page) -> list[str]:
    """Each with the elements that it is about."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT + "\n;0")
    found = page.evaluate(
        "(options) => axe.run(document, options).then((results) => results.violations)", OPTIONS
    )
    return [f"{each['id']} ({each['help']}): {_where(each)}" for each in found]


def _where(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    shown = "; ".join(f"{node['html'][:160]} {_why(node)}" for node in nodes[:4])
    return f"{len(nodes)} times {shown}"


def _why(node: dict[str, Any]) -> str:
    return " ".join((node.get("failureSummary") or "").split())[:400]
