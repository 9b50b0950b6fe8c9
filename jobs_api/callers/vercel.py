"""Vercel Cron, through the small proxy that turns its GET into a POST."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("vercel", "vercel-cron")
