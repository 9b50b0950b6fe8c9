"""Cloudflare Workers: a cron trigger's handler sends the request, with its scheduledTime as our own header.

Cloudflare adds CF-Worker to each request of a Worker, also of one that stands before a site and hands on the
requests of others. Those have a User-Agent; `fetch` in a Worker sends none.
"""

from __future__ import annotations

from jobs_api.callers import Call, Caller


class Cloudflare(Caller):
    """Source: developers.cloudflare.com/fundamentals/reference/http-headers, "CF-Worker"."""

    mark = "CF-Worker"

    def signed(self, call: Call) -> bool:
        return self.mark in call.headers and not call.user_agent

    def reference(self, call: Call) -> str:
        return f"CF-Worker {call.headers['CF-Worker']}" if "CF-Worker" in call.headers else ""


caller = Cloudflare("cloudflare")
