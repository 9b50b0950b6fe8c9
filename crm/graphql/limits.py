"""The limits of a GraphQL request: length, tokens, depth, and the types of its parameters."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponseBadRequest
from graphene_django.views import HttpError
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
    parse,
    specified_rules,
)

MAX_DEPTH = 15
"""The introspection query of GraphiQL is as deep."""
MAX_LENGTH = 5_000
"""In characters. Data belongs into variables."""
MAX_TOKENS = 400
"""The time to validate a document grows with the square of its tokens. 5,000 characters can be 5,000
tokens. The introspection query of GraphiQL has 183."""


Parameters = tuple[str | None, dict[str, Any] | None, str | None, Any]
"""The document, its variables, the name of the operation, and the id of a request in a batch."""


def check(query: Any, variables: Any, operation_name: Any, batch_id: Any) -> Parameters:
    """The same parameters, with None for empty ones.

    Raises:
        HttpError: 400; names the wrong parameter, and says why it is wrong.
    """
    _require(isinstance(query or "", str), "`query` must be text.")
    _require(isinstance(variables or {}, dict), "`variables` must be an object.")
    _require(isinstance(operation_name or "", str), "`operationName` must be text.")
    _require(len(query or "") <= MAX_LENGTH, f"`query` may have at most {MAX_LENGTH} characters.")
    _require_text([query, variables, operation_name])
    return query or None, variables or None, operation_name or None, batch_id


def bad_request(message: str) -> HttpError:
    """The exception for an answer with status 400."""
    return HttpError(HttpResponseBadRequest(message))


def _require(good: bool, otherwise: str) -> None:
    if not good:
        raise bad_request(otherwise)


def _require_text(values: list[Any]) -> None:
    r"""JSON may contain half a character, such as "\ud800", which no database stores."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("There is half a surrogate pair in the text.") from None
    except RecursionError:
        raise bad_request("`variables` are nested too deeply.") from None


def refuse_long(document: str) -> None:
    """Refuse a document with too many tokens, before all of it is parsed.

    Raises:
        GraphQLError: it has too many tokens, or cannot be parsed.
    """
    if len(document) > MAX_TOKENS:  # fewer characters cannot be more tokens
        parse(document, max_tokens=MAX_TOKENS)


class DepthLimit(ValidationRule):
    """Refuses deep documents.

    The rule of graphene fails on unknown fragments, and on fragments that contain themselves. This one
    measures each fragment once.
    """

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure one operation."""
        self._seen: dict[str, int] = {}
        if self._depth(node.selection_set) > MAX_DEPTH:
            self.report_error(GraphQLError(f"A query may be at most {MAX_DEPTH} fields deep.", node))

    def _depth(self, selections: SelectionSetNode | None) -> int:
        return max(map(self._below, selections.selections), default=0) if selections else 0

    def _below(self, node: SelectionNode) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        return isinstance(node, FieldNode) + self._depth(getattr(node, "selection_set", None))

    def _fragment(self, name: str) -> int:
        if name not in self._seen:
            self._seen[name] = 0  # if it contains itself, another rule reports it
            fragment = self.context.get_fragment(name)
            self._seen[name] = self._depth(fragment.selection_set) if fragment else 0
        return self._seen[name]


RULES = (*specified_rules, DepthLimit)
"""graphene-django uses these instead of its own."""
