"""Read YAML as data: no tags, no objects; what is a template is refused with the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobs_api.importers.common import loading
from jobs_api.importers.common.entry import Unreadable
from jobs_api.text.secrets import MASK, hidden_words, is_secret_name

TEMPLATE = re.compile(r"(?<!\$)\{\{|\{%|^\s*[\w-]+:\s+!\w", re.MULTILINE)
"""Helm and Jinja placeholders, and tags of other tools. GitHub's ${{ }} is none."""
RENDER = "It is a template: render it first, for example `helm template . | manage.py jobs_import {name} -`."
TIMES, DEEPEST = 10, 100
"""Without anchors a file has fewer nodes than characters; with them it may have so many times more."""
PIP = 'Install it: pip install "django-jobs-api[yaml]"'


def documents(text: str, name: str) -> list[Any]:
    """All documents of a file.

    Raises:
        Unreadable: it is not YAML, or a template of it, or PyYAML is missing.
    """
    yaml = loading.module("yaml", PIP)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = list(yaml.load_all(text, Loader=loader))
        _require_plain(found, TIMES * len(text) + 1000)
        return found
    except yaml.YAMLError as error:
        if TEMPLATE.search(text):
            raise Unreadable(RENDER.format(name=name)) from None
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise Unreadable(
            f"It is not YAML{where}: {getattr(error, 'problem', None) or 'see there'}."
        ) from None
    except (RecursionError, ValueError) as error:
        raise Unreadable(f"It cannot be read: {type(error).__name__}.") from None


def _require_plain(documents: list[Any], most: int) -> None:
    """Refuse anchors that repeat each other: what they stand for may be larger than any memory."""
    nodes: list[tuple[Any, int]] = [(documents, 0)]
    for _ in range(most):
        if not nodes:
            return
        value, depth = nodes.pop()
        if depth > DEEPEST:
            break
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        nodes.extend((item, depth + 1) for item in inner)
    raise Unreadable("It is too large or too deep when its anchors are followed.")


def is_template(value: Any) -> bool:
    """Whether a value holds a placeholder that was not rendered: also {{ x }}, which YAML reads as a map."""
    if isinstance(value, str):
        return TEMPLATE.search(value) is not None
    return isinstance(value, Mapping) and any(isinstance(key, (Mapping, tuple)) for key in value)


def lines(value: Any) -> tuple[str, ...]:
    """A value as lines of YAML, for a comment, without its secrets."""
    yaml = loading.module("yaml", PIP)
    try:
        text = yaml.safe_dump(_masked(value), sort_keys=False, allow_unicode=True, width=100)
    except (yaml.YAMLError, RecursionError):
        return ("It is nested too deeply to be shown.",)
    return tuple(str(text).removesuffix("...\n").splitlines())


def _masked(value: Any) -> Any:
    """Without the values of members, and of variables in a list of name and value, that are secrets."""
    if isinstance(value, Mapping):
        named = is_secret_name(str(value.get("name", "")))
        return {
            key: MASK if (named and key == "value") or _is_secret(key, item) else _masked(item)
            for key, item in value.items()
        }
    if not isinstance(value, list):
        return value
    items = [_masked(item) for item in value]
    # The words of a command line stand in lines of their own.
    return hidden_words(items) if all(isinstance(item, str) for item in items) else items


def _is_secret(key: Any, item: Any) -> bool:
    return isinstance(item, (str, int)) and is_secret_name(str(key))
