"""Collects the marks of other processes."""

from __future__ import annotations

import os
import select
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.engines.marks import VARIABLE


class Marks:
    """A named pipe that collects marks."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.variables = {VARIABLE: str(path)}
        self._pipe = os.open(
            path, os.O_RDWR
        )  # open for writing, too, so that reading does not end while no process writes
        self._read = b""

    def until(self, name: str, seconds: float = 60) -> dict[str, float]:
        """All marks up to this one; raises TimeoutError if it does not arrive."""
        marks: dict[str, float] = {}
        while name not in marks:
            line = self._line(seconds).split()
            marks[line[0]] = float(line[1])
        return marks

    def _line(self, seconds: float) -> str:
        while b"\n" not in self._read:
            if not select.select([self._pipe], [], [], seconds)[0]:
                raise TimeoutError("The command has not begun.")
            self._read += os.read(self._pipe, 4096)
        line, self._read = self._read.split(b"\n", 1)
        return line.decode()

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._pipe)


@contextmanager
def collected() -> Iterator[Marks]:
    """Collect the marks of processes that get `Marks.variables`."""
    with tempfile.TemporaryDirectory(prefix="jobs-api-bench-") as folder:
        marks = Marks(Path(folder, "marks"))
        try:
            yield marks
        finally:
            marks.close()
