"""HTTP requests to others: bounded in time and size, without redirects, and silent about secrets.

Everything that jobs_api tells the outside goes through `post`, but for what a library of a vendor sends.
"""

from jobs_api.outgoing.deadline import Late, NoThread, within
from jobs_api.outgoing.posting import post, url_fault
from jobs_api.outgoing.response import OutgoingError, Response, reason
from jobs_api.outgoing.secrets import without_secrets

__all__ = [
    "Late",
    "NoThread",
    "OutgoingError",
    "Response",
    "post",
    "reason",
    "url_fault",
    "within",
    "without_secrets",
]
