"""The tables: fields and constraints."""

from jobs_api.models.alerts import AlertMessage, AlertMute, AlertTurn, Incident
from jobs_api.models.audit import AuditEntry
from jobs_api.models.callers import Token, TriggerCount, TriggerSource
from jobs_api.models.history import HistoryMark, JobDay, JobHistory, RefusedCall, SourceHour
from jobs_api.models.jobs import JobDeclaration, JobHost, JobPause, JobState, JobTotals
from jobs_api.models.runs import ATTEMPT_FIELDS, AttemptRecord, JobAttempt, JobRun
from jobs_api.models.states import COUNTED, ENDED, HELD, IN_FLIGHT, Reason, State

__all__ = [
    "ATTEMPT_FIELDS",
    "COUNTED",
    "ENDED",
    "HELD",
    "IN_FLIGHT",
    "AlertMessage",
    "AlertMute",
    "AlertTurn",
    "AttemptRecord",
    "AuditEntry",
    "HistoryMark",
    "Incident",
    "JobAttempt",
    "JobDay",
    "JobDeclaration",
    "JobHistory",
    "JobHost",
    "JobPause",
    "JobRun",
    "JobState",
    "JobTotals",
    "Reason",
    "RefusedCall",
    "SourceHour",
    "State",
    "Token",
    "TriggerCount",
    "TriggerSource",
]
