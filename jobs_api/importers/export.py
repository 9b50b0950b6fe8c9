"""Any file that `jobs_export` has written: its comments hold the declarations."""

from __future__ import annotations

from collections.abc import Iterable

from jobs_api.importers.common import markers
from jobs_api.importers.common.entry import Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source
from jobs_api.importers.common.unmarked import entries


class Export(Importer):
    """Reads the markers; of JSON without comments, the calls of our URLs with their times."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Nothing where markers declare the jobs, which is done for every file."""
        if markers.found(source.text):
            return
        found = list(entries(source.text))
        if not found and markers.BEGIN.search(source.text):
            raise Unreadable("It calls run-due, which starts every job that is declared: none stands in it.")
        if not found:
            raise Unreadable("No job of jobs_export is in it: name the source that wrote the file (--list).")
        yield from found


importer = Export(
    "a file that jobs_export has written",
    reads_file=True,
    example="export deploy/vercel.json",
)
