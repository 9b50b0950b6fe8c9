"""Supabase's pg_cron with pg_net: an HTTP request made by SQL."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("pg_net", "pg_net/")
