"""`jobs_show --follow`: print the output of a run as it comes, until the run has ended.

Each look is bounded, so that a database that hangs is reported and asked again. What is printed on standard
output is the output alone; what happens to the run is told on standard error.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connections

from jobs_api.database import AWAY, ERRORS, alias, lacks_tables
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.management.failing import without_secrets
from jobs_api.management.screen import Screen
from jobs_api.models import JobRun, State
from jobs_api.monitoring.run_report import RunReport, output_since
from jobs_api.runs import readers
from jobs_api.text import colourless, one_line

EVERY = 1.0
"""Seconds between two looks."""
WAITING = (State.QUEUED, State.CLAIMED)
UNFINISHED = re.compile("(\r|\x1b|\x1b\\[[0-9;:]*|\x9b[0-9;:]*)\\Z")
"""The beginning of an end of line or of a colour, at the end of a part."""


class Follower:
    """Follows one run; `run` is as `runs.readers` has read it last."""

    def __init__(self, run: JobRun, out: Screen, err: Screen, *, raw: bool = False) -> None:
        self.run = run
        self._out, self._err, self._raw = out, err, raw
        self._number, self._offset = run.attempt, 0
        self._held = ""
        self._begin_stream()
        self._told = ""
        self._at_line_start = True
        self._away = False

    def follow(self) -> bool:
        """Print until the run has ended; returns whether it succeeded."""
        with elsewhere():  # each look has a time limit of its own
            while True:
                with self._through_outage():
                    if self._look():
                        return RunReport.of(self.run).state == State.SUCCEEDED
                time.sleep(EVERY)

    def _look(self) -> bool:
        """Print what is new; returns whether the run has ended."""
        with bounded():
            found = readers.find(self.run.pk)
            if found is None:
                self._tell(f"Run {self.run.pk} was pruned.")
                return True
            self.run = found
            self._back()
            self._change_attempt(found.attempt)
            ended = not RunReport.of(found).in_flight
            self._print_new(last=ended)
        self._tell_state("" if ended else found.state)
        return ended

    def _change_attempt(self, newest: int) -> None:
        """Print what is left of the attempt so far, and all of those that began since."""
        while self._number < newest:
            self._print_new(last=True)
            self._number, self._offset = self._number + 1, 0
            self._begin_stream()
            if self._number > 1:
                self._tell(f"Attempt {self._number} of run {self.run.pk}:")

    def _tell_state(self, state: str) -> None:
        """Say once that it waits, and that it no longer does."""
        if state in WAITING and state != self._told:
            self._tell(f"Run {self.run.pk} is {state}: waiting for it to begin.")
        if state == State.RUNNING and self._told in WAITING:
            self._tell(f"Run {self.run.pk} runs.")
        self._told = state

    def _print_new(self, *, last: bool) -> None:
        """Print what the attempt wrote since the last look.

        Args:
            last: it will write no more, so nothing is held back.
        """
        part = output_since(self.run, self._offset, self._number) if self._number else None
        data = b"" if part is None else part.data
        self._offset = self._offset if part is None else part.next_offset
        text = self._held + self._decoder.decode(data, final=last)
        beginning = None if last else UNFINISHED.search(text)
        self._held = "" if beginning is None else beginning[0]
        text = text.removesuffix(self._held)
        if text:
            self._out.raw(text, ending="") if self._raw else self._out.write(colourless(text), ending="")
            self._out.flush()
            self._at_line_start = text.endswith("\n")

    def _begin_stream(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def _tell(self, sentence: str) -> None:
        """Say what happens, in a line of its own."""
        self.end_line()
        self._out.flush()
        self._err.write(sentence)

    def end_line(self) -> None:
        """End a line that the output has left open."""
        if not self._at_line_start:
            self._out.write()
        self._at_line_start = True

    @contextmanager
    def _through_outage(self) -> Iterator[None]:
        """Say once that the database does not answer, and go on."""
        try:
            yield
        except AWAY as error:
            if lacks_tables(error):
                raise
            _connect_again()
            if not self._away:
                said = without_secrets(one_line(str(error))).rstrip(".")
                self._tell(f"The database does not answer ({said}); trying again.")
            self._away = True

    def _back(self) -> None:
        if self._away:
            self._tell("The database answers again.")
        self._away = False


def _connect_again() -> None:
    """Let go of a connection whose server may have gone; the next statement opens another."""
    conn = connections[alias()]
    if not conn.in_atomic_block:
        with suppress(*ERRORS):
            conn.close()
