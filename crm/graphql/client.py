"""How jobs execute GraphQL: with the gql client, by default in their own process.

They use HTTP only if CRM_GRAPHQL_URL names another server. A job may run inside a web request: a call
to its own server would then wait for a worker that waits for the job.
"""

from __future__ import annotations

from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.transport import Transport
from graphql import ExecutionResult, execute_sync

from crm import conf
from crm.schema import schema

# All documents that jobs execute. A test validates each of them against the schema.

HELLO = "{ hello }"

CRM_STATS = "{ crmStats { totalCustomers totalOrders totalRevenue } }"

PENDING_ORDERS = """
query PendingOrders($filter: OrderFilter!, $after: String) {
  allOrders(filter: $filter, orderBy: "id", first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id orderDate totalAmount customer { name email } } }
  }
}
"""

RESTOCK = """
mutation Restock {
  updateLowStockProducts { message updatedProducts { name stock } }
}
"""


class OwnJob:
    """The user of a document that a job executes: it has every permission."""

    is_authenticated = True

    def has_perms(self, permissions: Any) -> bool:
        """Always true."""
        return True


class LocalContext:
    """What resolvers get as `info.context` instead of a request."""

    def __init__(self) -> None:
        self.user = OwnJob()


class LocalTransport(Transport):
    """Executes in this thread, with every permission.

    gql's own LocalSchemaTransport runs the resolvers inside an event loop, where Django refuses
    the database.
    """

    def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute one document."""
        return execute_sync(
            schema.graphql_schema,
            request.document,
            context_value=LocalContext(),
            variable_values=request.variable_values,
            operation_name=request.operation_name,
        )


def ask(document: str, **variables: Any) -> dict[str, Any]:
    """Execute a document; return the `data` of the answer.

    Raises:
        GraphQLError: the document does not match the schema of this process; nothing was sent.
        TransportQueryError: a resolver failed.
        TransportError: the server of CRM_GRAPHQL_URL did not answer, or the answer is not GraphQL.
    """
    client = Client(schema=schema.graphql_schema, transport=_transport())
    return client.execute(GraphQLRequest(document, variable_values=variables))


def _transport() -> Transport:
    if not conf.graphql_url():
        return LocalTransport()
    from crm.graphql.http import HTTPTransport  # not above: most processes never need requests

    return HTTPTransport()
