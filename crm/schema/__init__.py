"""The GraphQL schema."""

from __future__ import annotations

import graphene


class Query(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """What can be asked."""

    hello = graphene.String(required=True, description="Answers whether GraphQL works.")

    def resolve_hello(self, info: graphene.ResolveInfo) -> str:
        """Always the same, so that the heartbeat can compare it."""
        return "Hello, GraphQL!"


schema = graphene.Schema(query=Query)
