"""Heroku Scheduler: runs a command (curl, or manage.py), and tells it no scheduled time."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("heroku")
