"""Railway cron: starts a service that sends the request, and tells it no scheduled time."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("railway")
