"""Adding customers, one or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene
from django.core.exceptions import ValidationError
from django.db import transaction

from crm.models import Customer
from crm.schema import types
from crm.schema.errors import explained, reasons
from crm.schema.mutations.storing import at_most, store, values
from crm.schema.permissions import require


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
            customer = store(Customer(**values(input)))
        return CreateCustomer(customer=customer, message="Customer created successfully")


class BulkCreateCustomers(graphene.Mutation):  # type: ignore[misc]
    """Add those customers that can be added, and say of each other row why not."""

    class Arguments:
        input = graphene.List(graphene.NonNull(CustomerInput), required=True)

    customers = graphene.List(graphene.NonNull(types.Customer), required=True)
    errors = graphene.List(graphene.NonNull(graphene.String), required=True)

    @staticmethod
    def mutate(root: None, info: graphene.ResolveInfo, input: list[CustomerInput]) -> BulkCreateCustomers:
        """Store them in one transaction, which is over before anything is reported."""
        require(info, "crm.add_customer")
        at_most(input, "input")
        customers, errors = _store_each(input)
        return BulkCreateCustomers(customers=customers, errors=errors)


@transaction.atomic
def _store_each(rows: Sequence[Any]) -> tuple[list[Customer], list[str]]:
    customers, errors = {}, {}
    # By address: of two who add the same ones, in whatever order, none waits for one who waits for it.
    for number, row in sorted(enumerate(rows, start=1), key=_address):
        try:
            customers[number] = store(Customer(**values(row)))
        except ValidationError as error:
            errors[number] = f"Row {number}: {reasons(error)}"
    return [customers[number] for number in sorted(customers)], [errors[number] for number in sorted(errors)]


def _address(numbered: tuple[int, Any]) -> str:
    return str(numbered[1].email).strip().lower()
