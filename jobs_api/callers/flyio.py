"""Fly.io: a machine that its schedule starts sends the request, and is told no scheduled time."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("flyio")
