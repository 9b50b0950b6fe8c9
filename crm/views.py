"""GraphQL over HTTP."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBadRequest
from graphene_django.views import GraphQLView, HttpError

from crm.limits import MAX_LENGTH, RULES
from crm.schema import schema


class CrmGraphQLView(GraphQLView):  # type: ignore[misc] # graphene-django has no type hints
    """Answers bounded documents; shows GraphiQL to a browser in development."""

    schema = schema
    validation_rules = RULES
    graphiql = True

    @classmethod
    def can_display_graphiql(cls, request: HttpRequest, data: Any) -> bool:
        """GraphiQL loads scripts from elsewhere: nothing for production."""
        return settings.DEBUG and bool(super().can_display_graphiql(request, data))

    def execute_graphql_request(
        self, request: HttpRequest, data: Any, query: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Refuse a document before parsing it if it is too long."""
        if len(str(query)) > MAX_LENGTH:
            raise HttpError(HttpResponseBadRequest(f"A query may have at most {MAX_LENGTH} characters."))
        return super().execute_graphql_request(request, data, query, *args, **kwargs)
