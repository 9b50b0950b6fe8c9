"""What processes do that were started for a test."""

from __future__ import annotations

from django.test import override_settings

from jobs_api.check_ins import dead_man


def is_called(number: int, address: str) -> None:
    """Somebody has called this process, and that was written."""
    with override_settings(JOBS_API={"CHECK_INS": {"DEAD_MAN": address}}):
        dead_man.called()
