"""How jobs ask GraphQL: through gql, against the schema in this process.

Never over HTTP to this server: in a request it would wait for a worker that waits for the answer.
"""

from __future__ import annotations

from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.transport import Transport
from graphql import ExecutionResult, execute_sync

from crm.schema import schema


class LocalTransport(Transport):
    """Executes in this thread.

    gql's own LocalSchemaTransport runs the resolvers inside an event loop, where Django refuses
    the database.
    """

    def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute one document."""
        variables, name = request.variable_values, request.operation_name
        return execute_sync(
            schema.graphql_schema, request.document, variable_values=variables, operation_name=name
        )


def ask(document: str, **variables: Any) -> dict[str, Any]:
    """The `data` that GraphQL answers with.

    Raises:
        GraphQLError: the document does not match the schema.
        TransportQueryError: a resolver failed.
    """
    client = Client(schema=schema.graphql_schema, transport=LocalTransport())
    return client.execute(GraphQLRequest(document, variable_values=variables))
