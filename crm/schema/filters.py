"""The filters of the lists. Each FilterSet becomes one `filter` argument."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import graphene
from django import forms
from django.db.models import QuerySet
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, DateTimeFilter, FilterSet, NumberFilter
from graphene_django.filter import TypedFilter

from crm.models import OrderItem, OrderStatus
from crm.models.order import IS_LOW, LOW_STOCK
from crm.schema.scalars import Day, pk_of

Rows = QuerySet[Any]
NAME = {"strip": False, "max_length": 254}
PRICE = {"max_digits": 10, "decimal_places": 2}
TOTAL = {"max_digits": 14, "decimal_places": 2}


class Whole(NumberFilter):  # type: ignore[misc] # django-filter has no type hints
    """A number without a fraction."""

    field_class = forms.IntegerField


class Until(DateTimeFilter):  # type: ignore[misc]
    """Up to that moment; a date alone includes the whole day."""

    def filter(self, rows: Rows, value: Any) -> Rows:
        """The rows up to then."""
        if isinstance(value, Day):
            return rows.filter(**{f"{self.field_name}__lt": value + timedelta(days=1)})
        found: Rows = super().filter(rows, value)
        return found


class ProductId(forms.Field):
    """A global id or a primary key."""

    def clean(self, value: Any) -> int | None:
        """The primary key. An empty text is an error; only null means no filter."""
        return None if value is None else pk_of("Product", value)


class ProductIdFilter(TypedFilter):  # type: ignore[misc]
    """A product, by its id."""

    field_class = ProductId


class Filters(FilterSet):  # type: ignore[misc]
    """The filters of one list."""

    needs: ClassVar[Mapping[str, str]] = {}
    """Permissions for single filters: a filter on a name reveals names."""


class CustomerFilter(Filters):
    """Customers to whom all of this applies."""

    name_icontains = CharFilter("name", "icontains", label="in any case of letters", **NAME)
    email_icontains = CharFilter("email", "icontains", label="in any case of letters", **NAME)
    created_at_gte = DateTimeFilter("created_at", "gte")
    created_at_lte = Until("created_at", "lte", label="a date alone includes the whole day")
    phone_pattern = CharFilter("phone", "startswith", label="what the number begins with, such as +1", **NAME)


class ProductFilter(Filters):
    """Products to which all of this applies."""

    name_icontains = CharFilter("name", "icontains", label="in any case of letters", **NAME)
    price_gte = NumberFilter("price", "gte", **PRICE)
    price_lte = NumberFilter("price", "lte", **PRICE)
    stock_gte = Whole("stock", "gte")
    stock_lte = Whole("stock", "lte")
    low_stock = BooleanFilter(
        method="is_low", label=f"true: fewer than {LOW_STOCK} in stock; false: the others"
    )

    def is_low(self, rows: Rows, name: str, value: bool) -> Rows:
        """Those that `updateLowStockProducts` would restock, or those that it would not."""
        return rows.filter(IS_LOW if value else ~IS_LOW)


class OrderFilter(Filters):
    """Orders to which all of this applies."""

    needs = {
        "customer_name": "crm.view_customer",
        "product_name": "crm.view_product",
        "product_id": "crm.view_product",
    }

    total_amount_gte = NumberFilter("total_amount", "gte", **TOTAL)
    total_amount_lte = NumberFilter("total_amount", "lte", **TOTAL)
    order_date_gte = DateTimeFilter("order_date", "gte")
    order_date_lte = Until("order_date", "lte", label="a date alone includes the whole day")
    customer_name = CharFilter(
        "customer__name", "icontains", label="part of it, in any case of letters", **NAME
    )
    product_name = CharFilter(method="has_product", label="part of the name of one of its products", **NAME)
    product_id = ProductIdFilter(graphene.ID, method="has_product_id", label="one of its products")
    status = ChoiceFilter(
        choices=OrderStatus.choices,
        label=", ".join(OrderStatus.values),
        error_messages={"invalid_choice": f"Choose one of {', '.join(OrderStatus.values)}."},
    )
    reminded = BooleanFilter(
        "reminded_at", "isnull", exclude=True, label="whether its customer was reminded to pay"
    )

    # Subqueries: a join would return an order once for each matching product.

    def has_product(self, rows: Rows, name: str, value: str) -> Rows:
        """Orders with a product of such a name."""
        return rows.filter(pk__in=OrderItem.objects.filter(product__name__icontains=value).values("order"))

    def has_product_id(self, rows: Rows, name: str, value: int) -> Rows:
        """Orders with that product."""
        return rows.filter(pk__in=OrderItem.objects.filter(product=value).values("order"))
