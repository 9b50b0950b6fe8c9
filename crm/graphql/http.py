"""GraphQL over HTTP, for jobs that run on another host than the web server."""

from __future__ import annotations

import json
import re
from typing import Any

from django.utils.text import Truncator
from gql import GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from graphql import ExecutionResult

from crm import conf
from crm.bearer import Bearer


class HTTPTransport(RequestsHTTPTransport):
    """Calls the server of CRM_GRAPHQL_URL once. jobs_api makes the next attempt.

    CRM_GRAPHQL_TIMEOUT bounds each wait for the server, not the whole answer: the server is one of
    our own, not one that drips on purpose. A redirect is a failure: it would turn the POST into a GET.
    """

    def __init__(self) -> None:
        token = conf.graphql_token()
        super().__init__(
            conf.graphql_url(),
            auth=Bearer(token, "CRM_GRAPHQL_TOKEN") if token else None,
            timeout=conf.graphql_timeout(),  # type: ignore[arg-type] # requests takes fractions too
            json_deserialize=_graphql_answer,
            allow_redirects=False,
        )

    def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute one document.

        Raises:
            TransportQueryError: GraphQL answered with errors.
            TransportError: there is no answer, or it is not GraphQL.
        """
        try:
            result = super().execute(request, *args, **kwargs)
        except TransportError as error:
            raise TransportError(_told(error)) from None  # what it quotes may hold the token
        if result.errors:
            raise TransportQueryError(_told(result.errors[0]), errors=result.errors, data=result.data)
        return result


def _graphql_answer(text: str) -> dict[str, Any]:
    """The answer; gql turns a ValueError into a TransportError."""
    match json.loads(text):
        case {"errors": [_, *_]} | {"data": {}} as answer:
            return dict(answer)
    raise ValueError


def _told(fault: object) -> str:
    """The message of the fault, without the token and without a password from the URL."""
    text = str(fault.get("message") if isinstance(fault, dict) else fault)
    if token := conf.graphql_token():
        text = text.replace(token, "(CRM_GRAPHQL_TOKEN)")
    text = re.sub(r"//[^/\s]*@", "//", text)
    return f"The server of CRM_GRAPHQL_URL failed: {Truncator(text).chars(300)}"
