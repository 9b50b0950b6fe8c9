"""What a GraphQL request carries, refused where GraphQL would fail on it rather than answer."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponseBadRequest
from graphene_django.views import HttpError

from crm.limits import MAX_LENGTH

Parameters = tuple[str | None, dict[str, Any] | None, str | None, Any]
"""The document, its variables, the name of the operation to execute, and an id that batches have."""


def check(query: Any, variables: Any, operation_name: Any, batch_id: Any) -> Parameters:
    """The same, with None for whatever is empty.

    Raises:
        HttpError: 400, naming the parameter that is of no use, and why.
    """
    _require(isinstance(query or "", str), "`query` must be text.")
    _require(isinstance(variables or {}, dict), "`variables` must be an object.")
    _require(isinstance(operation_name or "", str), "`operationName` must be text.")
    _require(len(query or "") <= MAX_LENGTH, f"`query` may have at most {MAX_LENGTH} characters.")
    _require_text([query, variables, operation_name])
    return query or None, variables or None, operation_name or None, batch_id


def bad_request(message: str) -> HttpError:
    """For the view to raise: an answer with status 400."""
    return HttpError(HttpResponseBadRequest(message))


def _require(good: bool, otherwise: str) -> None:
    if not good:
        raise bad_request(otherwise)


def _require_text(values: list[Any]) -> None:
    r"""JSON can spell half a character, such as "\ud800", which no database stores."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("There is half a surrogate pair in the text.") from None
    except RecursionError:
        raise bad_request("`variables` are nested too deeply.") from None
