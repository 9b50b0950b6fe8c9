"""The app's settings with their defaults, read when they are needed."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def log_dir() -> Path:
    """CRM_LOG_DIR: where the heartbeat is logged."""
    return _folder("CRM_LOG_DIR", "log")


def archive_dir() -> Path:
    """CRM_ARCHIVE_DIR: where runs go before they are pruned."""
    return _folder("CRM_ARCHIVE_DIR", "archive")


def _folder(setting: str, name: str) -> Path:
    """Below the project by default: whatever is in /tmp, every account of the machine can read."""
    return Path(getattr(settings, setting, None) or Path(settings.BASE_DIR) / "var" / name)
