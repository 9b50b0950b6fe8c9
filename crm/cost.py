"""How large the answer to a GraphQL document may be."""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLNamedType,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
    get_named_type,
    is_composite_type,
    value_from_ast,
)

MAX_PAGE = 100
"""Rows on one page of a list."""
MAX_COST = 10_000
"""In fields of the answer. A page of 100 orders with all that can be asked of them is half of it."""
LIST_LENGTH = 10
"""What a list without pages is taken to contain, such as the products of an order."""
TOP_COST = {OperationType.QUERY: 500, OperationType.MUTATION: 3_000}
"""What a field of the operation itself counts as: it counts a whole table, or writes a thousand
rows, however short its answer."""

Parent = GraphQLNamedType | None


class CostLimit(ValidationRule):
    """Refuses documents whose answer could be very large.

    A field counts once for each time that it can be in the answer: below a connection as often as
    `first` or `last` says, or as a page can be long. Each fragment is looked at once.
    """

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure one operation."""
        self._seen: dict[str, int] = {}
        self._top = self.context.schema.get_root_type(node.operation)
        self._top_cost = TOP_COST.get(node.operation, MAX_COST)
        cost = self._sum(node.selection_set, self._top)
        if cost > MAX_COST:
            told = f"The query costs {cost} of at most {MAX_COST}: ask for smaller pages or fewer fields."
            self.report_error(GraphQLError(told, node))

    def _sum(self, selections: SelectionSetNode | None, parent: Parent) -> int:
        return sum(self._cost(node, parent) for node in selections.selections) if selections else 0

    def _cost(self, node: SelectionNode, parent: Parent) -> int:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        on = getattr(node, "type_condition", None)
        return self._sum(getattr(node, "selection_set", None), self._type(on.name.value) if on else parent)

    def _field(self, node: FieldNode, parent: Parent) -> int:
        field = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:  # about the schema, which has rules of its own, or unknown, which is told
            return 1 + self._sum(node.selection_set, None)
        below = self._sum(node.selection_set, get_named_type(field.type))
        return (self._top_cost if parent is self._top else 1) + _length(node, field) * below

    def _fragment(self, name: str) -> int:
        if name not in self._seen:
            self._seen[name] = 0  # for one that contains itself, which another rule reports
            if fragment := self.context.get_fragment(name):
                on = self._type(fragment.type_condition.name.value)
                self._seen[name] = self._sum(fragment.selection_set, on)
        return self._seen[name]

    def _type(self, name: str) -> Parent:
        found = self.context.schema.get_type(name)
        return found if is_composite_type(found) else None


def _length(node: FieldNode, field: GraphQLField) -> int:
    """How often what is below the field can be in the answer."""
    if "first" in field.args:
        return _page(node)
    if node.name.value == "edges":  # of a connection, which counts them already
        return 1
    return LIST_LENGTH if str(field.type).startswith("[") else 1


def _page(node: FieldNode) -> int:
    sizes = (
        value_from_ast(of.value, GraphQLInt) for of in node.arguments if of.name.value in ("first", "last")
    )
    return min((size for size in sizes if isinstance(size, int) and 0 <= size <= MAX_PAGE), default=MAX_PAGE)
