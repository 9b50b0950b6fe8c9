"""Vercel Cron: it can send a GET only, which a small proxy turns into a POST."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("vercel", "vercel-cron")
