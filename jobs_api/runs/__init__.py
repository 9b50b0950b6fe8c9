"""The runs, their states, and every statement that changes one: `runs.claim(...)` and the other verbs."""

from jobs_api.runs.state_machine import (
    abandon,
    begin,
    cancel,
    claim,
    expire,
    finish,
    held,
    holder,
    park,
    queue,
    reap,
    record_progress,
    renew,
    skip,
)

__all__ = [
    "abandon",
    "begin",
    "cancel",
    "claim",
    "expire",
    "finish",
    "held",
    "holder",
    "park",
    "queue",
    "reap",
    "record_progress",
    "renew",
    "skip",
]
