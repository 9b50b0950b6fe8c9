"""Upstash QStash: sends the ids of its message and schedule and the number of retries, but no slot."""

from __future__ import annotations

from jobs_api.callers import Call, Caller

IDS = ("Upstash-Message-Id", "Upstash-Schedule-Id", "Upstash-Retried")


class QStash(Caller):
    """Source: upstash.com/docs/qstash, "retry" and "signature"."""

    mark = "Upstash-Message-Id"

    def signed(self, call: Call) -> bool:
        return self.mark in call.headers

    def reference(self, call: Call) -> str:
        return ", ".join(f"{name} {call.headers[name]}" for name in IDS if name in call.headers)


caller = QStash("qstash", "Upstash-QStash")
