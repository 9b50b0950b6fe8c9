"""What can be changed. Whatever fails is an error, never an answer that looks like success."""

from __future__ import annotations

import graphene

from crm.schema.mutations.customers import BulkCreateCustomers, CreateCustomer
from crm.schema.mutations.orders import CreateOrder
from crm.schema.mutations.products import CreateProduct, UpdateLowStockProducts


class Mutation(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """Each needs a permission, and stores all that it reports before it answers."""

    create_customer = CreateCustomer.Field()
    bulk_create_customers = BulkCreateCustomers.Field()
    create_product = CreateProduct.Field()
    create_order = CreateOrder.Field()
    update_low_stock_products = UpdateLowStockProducts.Field()
