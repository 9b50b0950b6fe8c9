"""Crontap: documents neither a user agent nor a header of its own; `?source=crontap` tells who it was."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("crontap")
