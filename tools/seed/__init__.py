"""A database for the dashboard: 24 jobs, a year of runs, and last night with everything that goes wrong.

It is always the same morning: `clock` sets the time of these processes and of their database.
"""

from datetime import UTC, datetime

MORNING = datetime(2026, 11, 26, 7, 42, 10, tzinfo=UTC)
"""What time it is: 08:42:10 in Berlin, on a Thursday."""
ZONE = "Europe/Berlin"
