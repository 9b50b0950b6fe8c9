"""A process whose libraries have kept its streams since before its first run: prints what its runs have got.

A test starts it: ``python -m tests.jobs_api.execution.output.old_acquaintances RESULT_FILE``.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import click
import loguru
import rich.console

HANDLER = logging.StreamHandler()
logging.getLogger("kept").addHandler(HANDLER)
logging.getLogger("kept").propagate = False
CONSOLES = [rich.console.Console(), rich.console.Console(file=sys.stderr)]
STDOUT, WRITE_LINES = sys.stdout, sys.stderr.writelines
click.echo("click begins")


class Forwarding(logging.Handler):
    """What many put between `logging` and loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        """Give it to loguru, which writes to the stream that it has kept."""
        loguru.logger.log(record.levelname, record.getMessage())


logging.getLogger("forwarded").addHandler(Forwarding())
logging.getLogger("forwarded").propagate = False


class Last:
    """Writes when the interpreter has taken nearly everything apart."""

    def __del__(self, kept: Any = sys.stderr) -> None:
        """Say so."""
        kept.write("at the very end\n")


WAYS = {
    "loguru": lambda: loguru.logger.info("said ✓"),
    "a handler": lambda: logging.getLogger("kept").warning("said ✓"),
    "a handler's stream": lambda: HANDLER.stream.write("said ✓\n"),
    "logging to loguru": lambda: logging.getLogger("forwarded").warning("said ✓"),
    "a console": lambda: CONSOLES[0].print("said ✓"),
    "a console with a file": lambda: CONSOLES[1].print("said ✓"),
    "a console of the run": lambda: rich.console.Console().print("said ✓"),
    "a kept stream": lambda: print("said ✓", file=STDOUT),
    "a kept method": lambda: WRITE_LINES(["said ✓\n"]),
    "the process's stdout": lambda: print("said ✓", file=sys.__stdout__),
    "the process's stderr": lambda: print("said ✓", file=sys.__stderr__),
    "click": lambda: click.echo("said ✓"),
    "click to stderr": lambda: click.echo("said ✓", err=True),
    "print": lambda: print("said ✓"),
}


def main() -> None:
    """Run each way, twice each: the second time all is installed."""
    import django

    django.setup()
    from tests.jobs_api.execution.output.recording import captured

    first = {name: captured(lambda stream, way=way: way()) for name, way in WAYS.items()}
    click.echo("between two runs")  # click keeps what it finds here
    second = {name: captured(lambda stream, way=way: way()) for name, way in WAYS.items()}
    Path(sys.argv[1]).write_text(json.dumps([first, second]))
    print("after the runs")
    sys.last = Last()  # type: ignore[attr-defined]  # it ends after all other modules


if __name__ == "__main__":
    main()
