"""The GraphQL schema."""

from __future__ import annotations

import graphene

from crm.schema.mutations import Mutation
from crm.schema.queries import Query

schema = graphene.Schema(query=Query, mutation=Mutation)
