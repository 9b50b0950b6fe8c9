"""Sample data that stays for many tests: each of them would take a second to make it anew."""

from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections

CUSTOMERS = 1000


@contextmanager
def sampled(blocker, *, day):
    """The test's database with a thousand customers as of that day, for a fixture of a whole module."""
    with blocker.unblock():
        try:
            call_command("seed_crm", f"--customers={CUSTOMERS}", f"--date={day}", "--force", verbosity=0)
            yield
        finally:
            call_command("flush", interactive=False, verbosity=0)
            connections.close_all()
