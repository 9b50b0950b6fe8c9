"""Installs the hook that the parent asks for, before anything runs."""

import os

from django.apps import AppConfig


class ChildConfig(AppConfig):
    """An app of child processes only."""

    name = "tests.toys.child"
    label = "toys_child"

    def ready(self) -> None:
        """Install it."""
        from tests.toys.child import hooks

        if os.environ.get("TOY_TWO_STEPS"):
            hooks.claim_and_begin_apart()
        if os.environ.get("TOY_HOOK"):
            hooks.install(os.environ["TOY_HOOK"])
        if os.environ.get("TOY_SIGNALS"):
            hooks.note_signals(os.environ["TOY_SIGNALS"])
        if os.environ.get("TOY_PATIENCE"):  # on a slow machine, too, it writes its counts at its end
            from jobs_api.monitoring import trigger_counts

            trigger_counts.LAST_SECONDS = float(os.environ["TOY_PATIENCE"])
