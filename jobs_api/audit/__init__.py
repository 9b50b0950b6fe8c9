"""Who did what, when, from where, why, and with what result.

The code that carries out an operator's action calls `record`, so that no entrance can forget it. An entrance
says who acts and from where, with `acting`:

    with acting("admin", actor=user.get_username(), address=ip):
        pausing.pause(job, ...)

docs/audit.md lists the actions.
"""

from jobs_api.audit.origin import Origin, acting, origin
from jobs_api.audit.trail import ACTIONS, record

__all__ = ["ACTIONS", "Origin", "acting", "origin", "record"]
