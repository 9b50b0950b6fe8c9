"""The executor that docs/executors.md shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from jobs_api.executors import Executor, Job, Lease, SubmitFailed


class Spawn(Executor):
    """Each attempt is `manage.py perform RUN ATTEMPT`, in a process of its own on this host."""

    start_within = 60

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def submit(self, job: Job, lease: Lease) -> None:
        """Start the process; `deliver` in it does the rest."""
        line = [sys.executable, "manage.py", "perform", str(lease.run_id), str(lease.attempt)]
        niceness = str(job.routing.get("nice", 0))
        self.processes = [process for process in self.processes if process.poll() is None]
        try:
            process = subprocess.Popen(
                ["nice", "-n", niceness, *line],
                cwd=settings.BASE_DIR,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise SubmitFailed(f"No process could be started: {error.strerror}.") from error
        self.processes.append(process)

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The one option is how nice the process is."""
        yield from super().faults({name: options[name] for name in options if name != "nice"})
        if options.get("nice", 0) not in range(20):
            yield f"nice={options['nice']!r:.80} is not a niceness", "A whole number from 0 to 19."
