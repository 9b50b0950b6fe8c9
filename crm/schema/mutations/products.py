"""Adding products, and having more of them."""

from __future__ import annotations

import graphene

from crm.models import Product
from crm.schema import types
from crm.schema.errors import explained
from crm.schema.mutations.storing import store, values
from crm.schema.permissions import require
from crm.schema.scalars import Money


class ProductInput(graphene.InputObjectType):  # type: ignore[misc]
    """What it is and costs."""

    name = graphene.String(required=True)
    price = Money(required=True)
    stock = graphene.Int(default_value=0)


class CreateProduct(graphene.Mutation):  # type: ignore[misc]
    """Add a product."""

    class Arguments:
        input = ProductInput(required=True)

    product = graphene.Field(types.Product)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: ProductInput) -> CreateProduct:
        """Store one."""
        require(info, "crm.add_product")
        with explained():
            product = store(Product(**values(input)))
        product.refresh_from_db()  # the price with two decimals, as every later answer has it
        return CreateProduct(product=product)


class UpdateLowStockProducts(graphene.Mutation):  # type: ignore[misc]
    """Give every product with a stock below 10 ten more."""

    updated_products = graphene.List(graphene.NonNull(types.Product), required=True)
    message = graphene.String(required=True)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo) -> UpdateLowStockProducts:
        """Restock, then say what."""
        require(info, "crm.change_product")
        products = Product.objects.restock()
        return UpdateLowStockProducts(
            updated_products=products, message=f"{len(products)} low-stock products updated"
        )
