"""Keep the dashboard's catalogues: gather its texts, merge them into each language, compile.

`make translations` writes jobs_api/locale/*/LC_MESSAGES/django.po and .mo, and names what has no translation
yet; `--check` writes nothing. It needs no gettext on the machine: Python code is read as Python, templates
as Django reads them for `makemessages`.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "jobs_api"
LOCALE = PACKAGE / "locale"
CODE = PACKAGE / "dashboard"
TEMPLATES = PACKAGE / "templates" / "jobs_api" / "dashboard"
OTHERS = [PACKAGE / "auth" / "bearer.py"]
"""Code outside of the dashboard whose sentences the dashboard shows."""
FUNCTIONS = {
    "gettext": "s", "gettext_lazy": "s", "gettext_noop": "s",
    "ngettext": "sp", "ngettext_lazy": "sp",
    "pgettext": "cs", "pgettext_lazy": "cs",
    "npgettext": "csp", "npgettext_lazy": "csp",
}  # fmt: skip
"""What each argument is: context, singular or plural."""
_CALL = re.compile(r"""\s(_|gettext|ngettext|pgettext|npgettext)\((?=u?['"])""")


class Text(NamedTuple):
    """One entry of a catalogue."""

    context: str
    text: str
    plural: str


Found = dict[Text, list[tuple[str, str]]]
"""Each text with the files and lines it stands in."""


def texts() -> Found:
    """All texts of the dashboard."""
    found: Found = {}
    for path in [*sorted(CODE.rglob("*.py")), *OTHERS]:
        _add(found, path, in_code(path.read_text()))
    for path in sorted(TEMPLATES.rglob("*.html")):
        _add(found, path, in_template(path.read_text()))
    return found


def _add(found: Found, path: Path, some: Iterator[tuple[Text, int]]) -> None:
    for text, line in some:
        known = next((each for each in found if each[:2] == text[:2]), None) if text.plural else None
        if known is not None and known != text:
            found[text] = found.pop(known)  # gettext has one entry for both; the one with a plural stands
        elif not text.plural:
            text = next((each for each in found if each[:2] == text[:2]), text)
        found.setdefault(text, []).append((str(path.relative_to(PACKAGE)), str(line)))


def in_code(source: str) -> Iterator[tuple[Text, int]]:
    """The texts that Python code marks."""
    tree = ast.parse(source)
    names = dict(_imported(tree))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(nodes, key=lambda each: (each.lineno, each.col_offset)):
        kinds = FUNCTIONS.get(names.get(getattr(node.func, "id", ""), ""), "")
        values = [each.value for each in node.args[: len(kinds)] if isinstance(each, ast.Constant)]
        if kinds and len(values) == len(kinds) and all(isinstance(value, str) for value in values):
            yield _text(kinds, [str(value) for value in values]), node.lineno


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What gettext's functions are called there: `from django.utils.translation import gettext as _`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from ((each.asname or each.name, each.name) for each in node.names)


def in_template(source: str) -> Iterator[tuple[Text, int]]:
    """The texts that a template marks: Django turns it into calls, with everything else blanked out."""
    calls = templatize(source)
    for match in _CALL.finditer(calls):
        end = match.start() + 1
        while True:  # the call ends with the first bracket that makes it Python
            end = calls.index(")", end) + 1
            try:
                call = ast.parse(calls[match.start() + 1 : end], mode="eval").body
            except SyntaxError:
                continue
            break
        assert isinstance(call, ast.Call)
        kinds = FUNCTIONS["gettext" if match[1] == "_" else match[1]]
        values = [ast.literal_eval(each) for each in call.args[: len(kinds)]]
        yield _text(kinds, values), calls.count("\n", 0, match.start()) + 1


def _text(kinds: str, values: list[str]) -> Text:
    named = dict(zip(kinds, values, strict=True))
    return Text(named.get("c", ""), named["s"], named.get("p", ""))


def merge(catalogue: polib.POFile, found: Found) -> None:
    """Bring a catalogue up to date: what is new is empty, what is gone is removed."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    entries = []
    for text, places in found.items():
        entry = known.get(text[:2]) or polib.POEntry(msgid=text.text, msgctxt=text.context or None)
        if text.plural != (entry.msgid_plural or ""):
            entry = polib.POEntry(msgid=text.text, msgctxt=text.context or None, msgid_plural=text.plural)
        if text.plural and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        # Without lines: they change with every edit.
        entry.occurrences = [(name, "") for name in dict.fromkeys(name for name, _ in places)]
        uses_python = "%(" in text.text + text.plural
        entry.flags = ["python-format"] if uses_python else []
        entries.append(entry)
    catalogue[:] = entries


def missing(catalogue: polib.POFile) -> list[str]:
    """The texts that have no translation."""
    return [
        entry.msgid
        for entry in catalogue
        if entry.fuzzy or not all(entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
    ]


def main() -> int:
    """Bring each language up to date."""
    parser = argparse.ArgumentParser(prog="make translations", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    found, wrong = texts(), 0
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        catalogue = polib.pofile(str(path), wrapwidth=110)
        merge(catalogue, found)
        left = missing(catalogue)
        wrong += len(left)
        print(f"{path.parent.parent.name}: {len(catalogue)} texts, {len(left)} without a translation")
        print("".join(f"  {text}\n" for text in left), end="")
        if not given.check:
            catalogue.save(str(path))
            catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
