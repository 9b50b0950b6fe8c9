"""Render cron jobs: run a command (curl, or manage.py), and tell it no scheduled time."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("render")
