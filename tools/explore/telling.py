"""What is printed of a failure: one line per step, short enough for a terminal."""

from __future__ import annotations

import re

from tools.explore.search import Failure

ORM = re.compile(r'"jobs_api_\w+"\.|"')


def shown(doing: str) -> str:
    """A statement in few words: what it does, to which table, and what it changes or looks for."""
    text = " ".join(ORM.sub("", doing).split())
    verb, _, rest = text.partition(" ")
    if verb == "SELECT":
        table, where = _table(rest.partition(" FROM ")[2]), rest.partition(" WHERE ")[2]
        return f"SELECT {table or 'run and pause'} WHERE {where}"[:100]
    if verb == "UPDATE":
        sets, _, where = rest.partition(" SET ")[2].partition(" WHERE ")
        changes = ", ".join(dict.fromkeys(re.findall(r"(?:^|, )(\w+) = ", sets)))
        return " ".join([verb, _table(rest), "SET", changes])[:70] + f" WHERE {where}"[:60]
    if verb in ("INSERT", "DELETE"):
        return f"{verb} {_table(rest)}"
    return text[:100]


def _table(text: str) -> str:
    found = re.search(r"jobs_api_(\w+)", text)
    return found[1] if found else ""


def told(name: str, failure: Failure) -> str:
    """What broke, what was done until then, and how to see it again."""
    lines = [f"  {failure.rule}: {failure.text}"]
    lines += [
        f"    {number:3}  {who:14} {shown(doing)}" for number, (who, doing) in enumerate(failure.notes, 1)
    ]
    lines += [f'  again: make explore ARGS="{name} --replay {",".join(failure.path)}"']
    return "\n".join(lines)
