"""What a scheduler calls."""

from typing import Any


def work(*args: Any, **kwargs: Any) -> None:
    """Work."""
