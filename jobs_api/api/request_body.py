"""Read the query and body of a request: strict with input for jobs_api, tolerant with other content."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict

from jobs_api.api import incoming
from jobs_api.callers import is_envelope
from jobs_api.exceptions import BadInput
from jobs_api.triggers.validation import REASON_LENGTH, holds_nul, refuse_unknown, text_of


@dataclasses.dataclass(frozen=True, slots=True)
class Body:
    """A request's body: the fields for jobs_api, or a platform's own envelope."""

    fields: dict[str, Any]
    envelope: dict[str, Any] | None = None


def read(request: HttpRequest, allowed: Collection[str]) -> Body:
    """Read the body: a JSON object with `allowed` keys, a known envelope, or anything to be ignored.

    curl marks JSON as a form by default, so a body that begins with a brace is read as JSON, too.

    Raises:
        BadInput: broken JSON, an unknown key, text that cannot be stored; and what `incoming.read` raises.
    """
    raw = incoming.read(request).strip()
    kind = request.content_type or ""
    is_json = kind == "application/json" or kind.endswith("+json")
    if not raw or not (is_json or raw.startswith(b"{")):
        return Body({})
    value = _parse(raw)
    if not isinstance(value, dict):
        return Body({})
    if is_envelope(value):
        return Body({}, value)
    refuse_unknown(value, allowed, "key")
    return Body(value)


def _parse(raw: bytes) -> Any:
    try:
        value = json.loads(raw, parse_constant=_no_constant, object_pairs_hook=_object)
        storable = json.dumps(value, ensure_ascii=False, allow_nan=False)
        storable.encode()
    except (ValueError, RecursionError) as error:
        what = "too deeply nested" if isinstance(error, RecursionError) else str(error)[:200]
        raise BadInput(f"The body is not valid JSON: {what}.") from None
    if holds_nul(storable):
        raise BadInput("The body contains the character U+0000, which no database can store.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is given twice, as its value would be ambiguous."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys: set[str] = set()
        for key, _ in pairs:
            if key in keys:
                raise ValueError(f"{key[:60]!r} is given twice")
            keys.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_KEPT, _LONGEST = 256, 512
_queries: dict[tuple[str, str | None, tuple[str, ...]], Mapping[str, str]] = {}
"""The newest good queries: a schedule calls the same address each time. Tokens are never in them."""


def query(request: HttpRequest, allowed: tuple[str, ...]) -> Mapping[str, str]:
    """The query's parameters.

    Raises:
        BadInput: an unknown one, one given twice, or text that cannot be stored.
    """
    if "GET" in vars(request):  # a middleware of the host has read it, or replaced it
        return _checked(request, allowed)
    text = request.META.get("QUERY_STRING", "")
    key = text, request.encoding, allowed
    known = _queries.get(key)
    if known is None:
        known = _checked(request, allowed)
        if len(text) <= _LONGEST:
            if len(_queries) >= _KEPT:
                _queries.clear()
            _queries[key] = known
    return known


def _checked(request: HttpRequest, allowed: tuple[str, ...]) -> dict[str, str]:
    sent = _parameters(request)
    refuse_unknown(sent, allowed, "query parameter")
    for key, values in sent.lists():
        if len(values) > 1:
            raise BadInput(f"The query parameter `{key}` is given {len(values)} times; give it once.")
        if "\x00" in values[0]:
            raise BadInput(f"The query parameter `{key}` contains the character U+0000.")
    return {key: str(value) for key, value in sent.items()}


def _parameters(request: HttpRequest) -> QueryDict:
    try:
        return request.GET
    except SuspiciousOperation as error:  # more than DATA_UPLOAD_MAX_NUMBER_FIELDS of the host
        raise BadInput("The query has too many parameters; give each once.") from error


def text(fields: dict[str, Any], key: str, *, limit: int = REASON_LENGTH) -> str:
    """A string of the body; empty if it is missing."""
    return text_of(fields.get(key), key, limit=limit)


def flag(value: Any, key: str) -> bool:
    """A boolean, from JSON or from a query."""
    if value in (None, False, "false", "0", ""):
        return False
    if value in (True, "true", "1"):
        return True
    raise BadInput(f"`{key}` must be true or false, not {str(value)[:60]!r}.")


def options(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The options of a body; None if it has none."""
    value = fields.get("options")
    if value is not None and not isinstance(value, dict):
        raise BadInput('`options` must be an object such as {"days": 7}.')
    return value
