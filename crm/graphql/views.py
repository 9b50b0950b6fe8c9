"""GraphQL over HTTP: authentication, and the answer to each kind of error."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from graphene_django.views import GraphQLView, HttpError
from graphql import ExecutionResult, GraphQLError, NoSchemaIntrospectionCustomRule

from crm import api_keys, conf
from crm.graphql.limits import RULES, Parameters, bad_request, check, refuse_long
from crm.schema import schema

logger = logging.getLogger(__name__)
SUGGESTION = re.compile(r" Did you mean .*\?", re.DOTALL)


class CrmGraphQLView(GraphQLView):  # type: ignore[misc] # graphene-django has no type hints
    """Executes documents within the limits; shows GraphiQL to a browser in development."""

    schema = schema
    graphiql = True
    graphiql_template = "crm/graphiql.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """No introspection for users who may not read."""
        super().setup(request, *args, **kwargs)
        self._reads = request.user.is_authenticated or conf.open_reading()
        self.validation_rules = RULES if self._reads else (*RULES, NoSchemaIntrospectionCustomRule)

    def format_error(self, error: Exception) -> dict[str, Any]:
        """The error for the client; without GraphQL's suggestions of names if the user may not read."""
        told: dict[str, Any] = GraphQLView.format_error(error)
        return told if self._reads else told | {"message": SUGGESTION.sub("", told["message"])}

    @classmethod
    def can_display_graphiql(cls, request: HttpRequest, data: Any) -> bool:
        """Never in production: GraphiQL loads scripts from a CDN."""
        return conf.graphiql() and bool(super().can_display_graphiql(request, data))

    def parse_body(self, request: HttpRequest) -> Any:
        """The parameters of the body; status 400 if it cannot be read."""
        try:
            return super().parse_body(request)
        except (RecursionError, UnicodeDecodeError):
            raise bad_request("The body is not UTF-8, or nested too deeply.") from None

    @staticmethod
    def get_graphql_params(request: HttpRequest, data: Any) -> Parameters:
        """Check the parameters, and return them."""
        return check(*GraphQLView.get_graphql_params(request, data))

    def execute_graphql_request(
        self, request: HttpRequest, data: Any, query: str | None, *args: Any
    ) -> ExecutionResult:
        """Execute one document. Only errors that are meant for the client are shown."""
        try:
            refuse_long(query or "")  # graphene-django would parse all of it
        except GraphQLError as error:
            return ExecutionResult(errors=[error])
        except RecursionError:
            pass  # graphene-django reports it
        result: ExecutionResult = super().execute_graphql_request(request, data, query, *args)
        _refuse([error for error in result.errors or () if is_unforeseen(error)])
        return result


def is_unforeseen(error: Exception) -> bool:
    """Whether it is a fault of the server, not of the document and not a message for the client."""
    if not isinstance(error, GraphQLError):
        return True
    if not error.path:  # the document or its variables do not fit the schema
        return False
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


def _refuse(unforeseen: list[Exception]) -> None:
    """Log the errors, and answer 500 without any detail."""
    for error in unforeseen:
        logger.error("GraphQL failed.", exc_info=getattr(error, "original_error", None) or error)
    if unforeseen:
        raise HttpError(HttpResponseServerError("Internal error"))


_answer: Callable[[HttpRequest], HttpResponseBase] = CrmGraphQLView.as_view()
_answer_if_csrf_allows = csrf_protect(_answer)


@csrf_exempt
def graphql(request: HttpRequest) -> HttpResponseBase:
    """The user is the owner of the API key, else the user of the session, else nobody.

    A session needs a CSRF token, because a browser sends its cookies with requests of any site.
    """
    key = api_keys.bearer(request)
    if key is None:
        return _answer_if_csrf_allows(request) if request.user.is_authenticated else _answer(request)
    user = api_keys.user_of(key, now=timezone.now())
    if user is None:  # even with a valid session: the client meant the key
        return _unauthorized()
    request.user = user
    return _answer(request)


def _unauthorized() -> HttpResponse:
    """The same answer for a key that is unknown, revoked, expired or of an inactive user."""
    message = "The API key is not valid. `manage.py crm_api_key create` makes one."
    body = {"errors": [{"message": message}]}
    return JsonResponse(body, status=401, headers={"WWW-Authenticate": 'Bearer realm="crm"'})
