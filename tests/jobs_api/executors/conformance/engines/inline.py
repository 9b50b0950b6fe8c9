"""In the request: here each trigger is a process, `manage.py jobs_run`, which can be killed."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import SkipTest

from jobs_api import Job
from jobs_api.execution import drain
from jobs_api.models import JobRun
from jobs_api.worker.delivery import deliver
from tests.toys.child.start import start

from . import Engine


class Inline(Engine):
    """Nothing can stop a command but its own check()."""

    stays = "checks"

    def __init__(self, executor: str, folder: Path, **jobs_api: Any) -> None:
        super().__init__(executor, folder, **jobs_api)
        self._triggers: list[subprocess.Popen[str]] = []
        self._readers: list[threading.Thread] = []

    def fire(self, slot: datetime, *, job: Job | None = None, **options: Any) -> None:
        """Trigger in another process, which the command keeps busy."""
        line = ["--run-date", slot.isoformat(), "--options", json.dumps(options)]
        name = (job or self.job).name
        self._triggers.append(start("jobs_run", name, *line, jobs=self.jobs, jobs_api=self.jobs_api))
        # Unread, what it logs would block it.
        self._readers.append(threading.Thread(target=self._triggers[-1].communicate, daemon=True))
        self._readers[-1].start()

    def settled(self) -> bool:
        """Whether all of them have ended."""
        return not any(reader.is_alive() for reader in self._readers)

    def end(self) -> None:
        """Kill them."""
        for trigger in self._triggers:
            trigger.kill()
        for reader in self._readers:
            reader.join()

    def deliver_again(self, run: JobRun) -> None:
        """There is no message; whoever made one up would get nothing either."""
        assert deliver(run.pk, run.attempt) is None

    @contextmanager
    def down(self) -> Iterator[None]:
        """The process of the request is about to exit."""
        drain.begin(60)
        try:
            yield
        finally:
            drain.forget()

    def held_up(self) -> AbstractContextManager[None]:
        """It begins with the claim."""
        raise SkipTest("An attempt in the request does not wait.")


engine = Inline
