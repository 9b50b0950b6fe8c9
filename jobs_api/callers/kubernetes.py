"""Kubernetes: a CronJob starts a pod, whose curl passes the scheduled time on as our own header."""

from __future__ import annotations

from jobs_api.callers import Caller

caller = Caller("kubernetes")
