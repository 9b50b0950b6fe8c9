"""A shell's command line as words and signs. Nothing is expanded but variables whose values are known."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

from jobs_api.importers.common.entry import CannotCarry

PLAIN = r"""[^\s;&|<>()'"`\\]"""
QUOTED = r"""'[^']*'|"(?:\\.|[^"\\])*\""""
PARENS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
EXPANSION = rf"\$(?:{PARENS}|\{{[^}}]*\}}|\w+|[@*#?!$-])|`[^`]*`"
WORD = rf"(?:{QUOTED}|{EXPANSION}|\\.|{PLAIN})+"
TOKEN = re.compile(
    rf"""(?P<space>[ \t\r]+|\\\n)
    |(?P<comment>(?<![^\s;&|])\#[^\n]*)
    |(?P<redirect>(?:\d+|&)?(?:<<<|<<-?|>>|>\||[<>]&|<>|[<>])[ \t]*(?:&?-|{WORD})?)
    |(?P<sign>&&|\|\||;;|\|&|[;&|()\n])
    |(?P<word>{WORD})""",
    re.VERBOSE | re.DOTALL,
)
PIECE = re.compile(
    rf"""'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<expansion>{EXPANSION})|\\(?P<escaped>.)|(?P<glob>[*?\[])|(?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
SIGNS = {"\n": ";", "&": ";", "|&": "|"}
IN_DOUBLE = re.compile(rf"""(?P<expansion>{EXPANSION})|\\(?P<escaped>[\\"$`\n])|(?P<plain>.)""", re.DOTALL)


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """One word, without its quotes."""

    text: str
    raw: str
    computed: str = ""
    """The part that only a shell can compute, such as $(date +%F); empty if there is none."""


@dataclasses.dataclass(slots=True)
class Simple:
    """One simple command of a line."""

    before: str
    """The sign between it and the one before: "", "&&", "||", ";", "|" or "&"."""
    words: list[Word]
    redirects: list[str]
    background: bool = False

    @property
    def shown(self) -> str:
        """As it was written."""
        return " ".join([*(word.raw for word in self.words), *self.redirects])


def commands(text: str, known: Mapping[str, str]) -> list[Simple]:
    """The simple commands of a line.

    Raises:
        CannotCarry: it is more than a list of simple commands, or a quotation does not end.
    """
    found: list[Simple] = []
    sign = ""
    for kind, piece in _tokens(text):
        if kind == "sign":
            if piece in ("(", ")", ";;"):
                raise CannotCarry("It is a program of the shell: move it into a management command.")
            if piece == "&" and found and not sign:
                found[-1].background = True
            sign = SIGNS.get(piece, piece)
            continue
        if sign or not found:
            found.append(Simple(sign if found else "", [], []))
            sign = ""
        if kind == "redirect":
            found[-1].redirects.append(piece)
        else:
            found[-1].words.append(_word(piece, known))
    return [command for command in found if command.words or command.redirects]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise CannotCarry("A quotation in it does not end.")
        if match.lastgroup not in ("space", "comment"):
            yield str(match.lastgroup), match[0].strip() if match.lastgroup == "redirect" else match[0]
        place = match.end()


def _word(raw: str, known: Mapping[str, str]) -> Word:
    parts: list[str] = []
    computed = "~" if raw.startswith("~") else ""
    for match in PIECE.finditer(raw):
        kind, piece = str(match.lastgroup), str(match[match.lastgroup or 0])
        inner = IN_DOUBLE.finditer(piece) if kind == "double" else [match]
        for part in inner:
            kind, piece = str(part.lastgroup), str(part[part.lastgroup or 0])
            if kind == "expansion":
                value = known.get(piece.strip("${}"))
                computed = computed or (piece if value is None else "")
                piece = piece if value is None else value
            elif kind == "glob":
                computed = computed or raw
            elif kind == "escaped" and piece == "\n":
                piece = ""
            parts.append(piece)
    return Word("".join(parts), raw, computed)
