#!/usr/bin/env python
"""The daily reminders, for a crontab (order_reminders_crontab.txt). Each call for one day runs them once."""

import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")


def main() -> int:
    """The exit status: 0 if there is nothing to report, 1 if the reminders were not sent."""
    from jobs_api import trigger

    result = trigger("send_order_reminders", source="cron")
    done = result.outcome == "succeeded"
    sys.stdout.write("Order reminders processed!\n" if done else f"{result.outcome}\n")
    sys.stderr.write(f"{result.detail}\n" if result.detail else "")
    return 0 if result.ok else 1


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
