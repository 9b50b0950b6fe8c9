"""The mutations. A mutation that fails is an error, never an answer that looks like success."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import graphene
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from graphql import GraphQLError

from crm import models
from crm.ordering import place
from crm.schema import types
from crm.schema.permissions import require
from crm.schema.scalars import Moment, Money, pk_of
from crm.schema.storing import at_most, explained, reasons, store, values


class CustomerInput(graphene.InputObjectType):  # type: ignore[misc]
    """Who it is; the e-mail address is taken as written, and unique in any case of letters."""

    name = graphene.String(required=True)
    email = graphene.String(required=True)
    phone = graphene.String(description="+1234567890 or 123-456-7890")


class CreateCustomer(graphene.Mutation):  # type: ignore[misc]
    """Add a customer."""

    class Arguments:
        input = CustomerInput(required=True)

    customer = graphene.Field(types.Customer)
    message = graphene.String(required=True)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: CustomerInput) -> CreateCustomer:
        """Store one."""
        require(info, "crm.add_customer")
        with explained():
            customer = store(models.Customer(**values(input)))
        return CreateCustomer(customer=customer, message="Customer created successfully")


class BulkCreateCustomers(graphene.Mutation):  # type: ignore[misc]
    """Add the customers that are valid; the others come back as errors."""

    class Arguments:
        input = graphene.List(graphene.NonNull(CustomerInput), required=True)

    customers = graphene.List(graphene.NonNull(types.Customer), required=True)
    errors = graphene.List(graphene.NonNull(graphene.String), required=True)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: list[CustomerInput]) -> BulkCreateCustomers:
        """Store them in one transaction, which is committed before the answer."""
        require(info, "crm.add_customer")
        at_most(input, "input")
        customers, errors = _store_each(input)
        return BulkCreateCustomers(customers=customers, errors=errors)


@transaction.atomic
def _store_each(rows: Sequence[Any]) -> tuple[list[models.Customer], list[str]]:
    customers, errors = {}, {}
    # Sorted by address: two requests that add the same addresses cannot deadlock.
    for number, row in sorted(enumerate(rows, start=1), key=_address):
        try:
            customers[number] = store(models.Customer(**values(row)))
        except ValidationError as error:
            errors[number] = f"Row {number}: {reasons(error)}"
    return [customers[number] for number in sorted(customers)], [errors[number] for number in sorted(errors)]


def _address(numbered: tuple[int, Any]) -> str:
    return str(numbered[1].email).strip().lower()


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
            product = store(models.Product(**values(input)))
        product.refresh_from_db()  # so that the price has two decimals, as in every later answer
        return CreateProduct(product=product)


class UpdateLowStockProducts(graphene.Mutation):  # type: ignore[misc]
    """Give every product with a stock below 10 ten more."""

    updated_products = graphene.List(graphene.NonNull(types.Product), required=True)
    message = graphene.String(required=True)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo) -> UpdateLowStockProducts:
        """Restock in one statement."""
        require(info, "crm.change_product")
        products = models.Product.objects.restock()
        return UpdateLowStockProducts(
            updated_products=products, message=f"{len(products)} low-stock products updated"
        )


class OrderInput(graphene.InputObjectType):  # type: ignore[misc]
    """Who orders what; a product that is named twice is ordered twice."""

    customer_id = graphene.ID(required=True)
    product_ids = graphene.List(graphene.NonNull(graphene.ID), required=True)
    order_date = Moment(description="now, if left out")


class CreateOrder(graphene.Mutation):  # type: ignore[misc]
    """Place an order at today's prices."""

    class Arguments:
        input = OrderInput(required=True)

    order = graphene.Field(types.Order)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: OrderInput) -> CreateOrder:
        """Place one."""
        require(info, "crm.add_order")
        at_most(input.product_ids, "productIds")
        with explained():
            return CreateOrder(order=_place(input))


def _place(given: OrderInput) -> models.Order:
    customer, quantities = _customer(given.customer_id), _quantities(given.product_ids)
    try:
        return place(customer, quantities, order_date=given.order_date)
    except IntegrityError:
        # The customer or a product may have been deleted since: then one of these says so.
        _customer(given.customer_id)
        _quantities(given.product_ids)
        raise


def _customer(given: str) -> models.Customer:
    # An anonymised customer cannot order.
    customer = models.Customer.objects.filter(pk=pk_of("Customer", given), anonymised_at=None).first()
    if customer is None:
        raise GraphQLError("Invalid customer ID")
    return customer


def _quantities(given: Sequence[str]) -> dict[models.Product, int]:
    """How many of each product are ordered.

    Raises:
        GraphQLError: a product does not exist.
    """
    counts = Counter(pk_of("Product", value) for value in given)
    found = models.Product.objects.in_bulk(counts)
    if len(found) < len(counts):
        raise GraphQLError("Invalid product ID")
    return {found[pk]: count for pk, count in counts.items()}


class Mutation(graphene.ObjectType):  # type: ignore[misc] # graphene has no type hints
    """Each mutation needs a permission. What it reports is stored before it answers."""

    create_customer = CreateCustomer.Field()
    bulk_create_customers = BulkCreateCustomers.Field()
    create_product = CreateProduct.Field()
    create_order = CreateOrder.Field()
    update_low_stock_products = UpdateLowStockProducts.Field()
