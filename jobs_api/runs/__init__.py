"""The runs, their states, and every statement that changes one: `runs.claim(...)` and the other verbs."""

from jobs_api.runs.claiming import claim, queue, skip
from jobs_api.runs.closing import cancel, expire, reap
from jobs_api.runs.holding import abandon, begin, finish, park, record_progress, renew
from jobs_api.runs.state_machine import holder

__all__ = [
    "abandon",
    "begin",
    "cancel",
    "claim",
    "expire",
    "finish",
    "holder",
    "park",
    "queue",
    "reap",
    "record_progress",
    "renew",
    "skip",
]
