"""Where commands print: text of others cannot control the terminal, tables fit it and are coloured there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO, cast

from django.core.management.base import OutputWrapper

from jobs_api.management.facts import Facts
from jobs_api.management.tables import Line, Table, plain
from jobs_api.text import encodable, visible

if TYPE_CHECKING:
    from rich.console import Console

Style = Callable[[str], str] | None
USUAL = 80
"""The width of a terminal that does not tell its own."""
NARROWEST = 20
DUMB = ("dumb", "unknown")


class Unwritable(OSError):
    """Our output cannot be written, such as to a disk that is full."""


class NobodyReads(Unwritable):
    """What reads our output has ended, as `head` does when it has enough."""


class Screen(OutputWrapper):
    """Where commands print. Text from callers and commands is shown, and cannot control the terminal."""

    def write(  # type: ignore[override]  # as in Django
        self, msg: str = "", style_func: Style = None, ending: str | None = None
    ) -> None:
        """Print; only our own colours reach the terminal."""
        self._put(self._spelled(visible(msg)), style_func, ending)

    def raw(self, msg: str, ending: str | None = None) -> None:
        """Print unchanged, for a person who requested that."""
        self._put(self._spelled(msg), ending=ending)

    def table(self, table: Table | Facts, *, colour: bool | None = None) -> None:
        """Print a table: as wide as the terminal, or complete where there is none.

        Args:
            colour: what the person requested; None lets the terminal and the environment decide.
        """
        lines = table.lines(self.columns(), self._encoding)
        self._put("\n".join(self._painted(lines, colour)))

    def flush(self) -> None:
        """Hand on what was printed."""
        with _noticing():
            super().flush()

    def silence(self) -> None:
        """Print nothing any more, also not when the process exits."""
        with suppress(AttributeError, ValueError, OSError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), cast(TextIO, self._out).fileno())

    def _put(self, msg: str, style_func: Style = None, ending: str | None = None) -> None:
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in DUMB  # Django asks for neither
        with _noticing():
            super().write(msg, str if plain else style_func, ending)

    def columns(self) -> int | None:
        """The width of the terminal; None where there is none: a file, a mail, another program."""
        if not self.isatty():
            return None
        given = os.environ.get("COLUMNS", "")
        return max(int(given) if given.isdecimal() and int(given) else self._own_width(), NARROWEST)

    def _own_width(self) -> int:
        with suppress(AttributeError, ValueError, OSError):  # no file behind it, or no size
            return os.get_terminal_size(cast(TextIO, self._out).fileno()).columns or USUAL
        return USUAL

    def _painted(self, lines: list[Line], colour: bool | None) -> list[str]:
        console = self._console(colour)
        if console is None:
            return list(map(plain, lines))
        from rich.text import Text

        with console.capture() as capture:
            for line in lines:
                console.print(Text.assemble(*line), soft_wrap=True)
        return capture.get().splitlines()

    def _console(self, colour: bool | None) -> Console | None:
        """What colours here, or None. Only a terminal, or somebody's wish for colours, costs the import."""
        nobody = not self.isatty() and not {"FORCE_COLOR", "TTY_COMPATIBLE"} & os.environ.keys()
        if colour is False or (colour is None and (nobody or os.environ.get("DJANGO_COLORS") == "nocolor")):
            return None
        from rich.console import Console

        stream = cast(TextIO, self._out)
        if colour:
            return Console(file=stream, force_terminal=True, color_system="standard", no_color=False)
        console = Console(file=stream)
        return None if console.no_color or console.color_system is None else console

    @property
    def _encoding(self) -> str:
        return getattr(self._out, "encoding", None) or "utf-8"

    def _spelled(self, msg: str) -> str:
        """In the encoding of this terminal: `jobs_show` must not fail at a letter."""
        return encodable(msg, self._encoding)


@contextmanager
def _noticing() -> Iterator[None]:
    """Tell trouble with our own output from that of a broker or a database."""
    try:
        yield
    except BrokenPipeError as error:
        raise NobodyReads from error
    except OSError as error:
        raise Unwritable(error.strerror or str(error)) from error
