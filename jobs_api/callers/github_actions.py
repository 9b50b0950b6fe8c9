"""GitHub Actions: a workflow sends the request with curl, often hours late; it knows no scheduled time."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("github_actions")
