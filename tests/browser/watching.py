"""What no page may do, whatever a test is about: the test fails for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

VIOLATION = "A policy was violated: "
LISTEN = f"""
document.addEventListener("securitypolicyviolation", (event) => console.error(
  "{VIOLATION}" + event.violatedDirective + " " + event.blockedURI));
"""


HARMLESS = (
    "Failed to load resource",  # `_answered` knows its status
    "Cross-Origin-Opener-Policy header has been ignored",  # Django sends it over plain http, too
)


class Watch:
    """Notes errors of scripts, violations of the policy, requests to others, and answers that are errors."""

    def __init__(self, context: BrowserContext, hosts: set[str]) -> None:
        self._hosts = hosts
        self._faults: list[str] = []
        self.refusals: set[int] = set()
        """Statuses from 400 to 499 that the test is about."""
        context.on("page", self._look_at)
        context.on("request", self._sent)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.add_init_script(LISTEN)

    def faults(self) -> list[str]:
        """What was wrong so far."""
        return self._faults

    def _look_at(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._faults.append(f"{page.url}: {error}"))
        page.on(
            "dialog", lambda dialog: (self._faults.append(f"A dialog: {dialog.message}"), dialog.dismiss())
        )

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(words in message.text for words in HARMLESS):
            return
        self._faults.append(f"{message.location.get('url')}: {message.text}")

    def _sent(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc not in self._hosts:
            self._faults.append(f"A request to another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.refusals:
            self._faults.append(f"{response.status} {response.request.method} {response.url}")
