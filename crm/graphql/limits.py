"""What a GraphQL request may carry: how long, how deep, and of which kinds."""

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
"""GraphiQL's own question about the schema is that deep."""
MAX_LENGTH = 5_000
"""In characters. Data belongs in variables."""
MAX_TOKENS = 400
"""The time to validate a document grows with the square of its tokens, and 5,000 characters can be as
many tokens. GraphiQL's question about the schema has 183."""


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


def refuse_long(document: str) -> None:
    """Refuse a document of too many tokens; no more of them are read.

    Raises:
        GraphQLError: it has too many, or cannot be parsed.
    """
    if len(document) > MAX_TOKENS:  # fewer characters cannot be more tokens
        parse(document, max_tokens=MAX_TOKENS)


class DepthLimit(ValidationRule):
    """Refuses deep documents.

    graphene's own rule follows fragments that contain themselves until the stack ends, and fails
    on unknown ones. This one looks at each fragment once.
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
            self._seen[name] = 0  # for one that contains itself, which another rule reports
            fragment = self.context.get_fragment(name)
            self._seen[name] = self._depth(fragment.selection_set) if fragment else 0
        return self._seen[name]


RULES = (*specified_rules, DepthLimit)
"""graphene-django applies these in place of the specified ones, not on top of them."""
