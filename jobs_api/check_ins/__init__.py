"""Tell outside monitors that jobs start and end, and that anybody calls: Healthchecks, Sentry, Cronitor.

See docs/check-ins.md.
"""

from jobs_api.check_ins.standing import Standing, status

__all__ = ["Standing", "status"]
