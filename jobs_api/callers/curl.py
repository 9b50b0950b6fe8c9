"""curl: used by crontabs, systemd timers, Render, Heroku, GitHub Actions, Kubernetes and people."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("curl", "curl/")
