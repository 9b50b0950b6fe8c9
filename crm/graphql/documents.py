"""What jobs ask of GraphQL. They stand here together so that a test can hold each against the schema."""

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
