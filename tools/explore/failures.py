"""The text of a failure: one line per step, short enough for a terminal."""

from __future__ import annotations

import re

from tools.explore.search import Failure

ORM = re.compile(r'"jobs_api_\w+"\.|"')


def shortened(doing: str) -> str:
    """A short form of a statement: its verb, its table, and the columns that it changes or compares."""
    text = " ".join(ORM.sub("", doing).split())
    verb, _, rest = text.partition(" ")
    if verb == "SELECT":
        table, where = _table(rest.partition(" FROM ")[2]), rest.partition(" WHERE ")[2]
        return f"SELECT {table} WHERE {where}"[:100] if where else "SELECT run and pause"
    if verb == "UPDATE":
        sets, _, where = rest.partition(" SET ")[2].partition(" WHERE ")
        changes = ", ".join(dict.fromkeys(re.findall(r"(?:^|, )(\w+) = ", sets)))
        return " ".join([verb, _table(rest), "SET", changes])[:70] + f" WHERE {where}"[:60]
    if verb in ("INSERT", "DELETE"):
        return f"{verb} {_table(rest)}"
    return text[:100]


def _table(text: str) -> str:
    match = re.search(r"jobs_api_(\w+)", text)
    return match[1] if match else ""


def described(name: str, failure: Failure) -> str:
    """The broken rule, the steps up to it, and the command that repeats them."""
    lines = [f"  {failure.rule}: {failure.text}"]
    lines += [
        f"    {number:3}  {party:14} {shortened(doing)}"
        for number, (party, doing) in enumerate(failure.notes, 1)
    ]
    lines += [f'  again: make explore ARGS="{name} --replay {",".join(failure.path)}"']
    return "\n".join(lines)
