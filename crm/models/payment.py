"""The charges of the payment provider for our orders, and where its books and ours differ."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.db.models import Q

from crm.models.order import Order

CURRENCY = r"^[a-z]{3}\Z"


class PaymentStatus(models.TextChoices):
    """The state of a charge, in the provider's words."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Questions about many payments, and changes to them."""

    def unsettled(self) -> PaymentQuerySet:
        """Those that can still change: failed and refunded ones stay as they are."""
        return self.filter(status__in=[PaymentStatus.PENDING, PaymentStatus.SUCCEEDED])

    def reconcile(self, *, now: datetime) -> int:
        """Mark them as equal to their orders; an earlier mark stays. Returns how many rows changed."""
        return self.filter(reconciled_at=None).update(reconciled_at=now)


class Payment(models.Model):
    """One charge of the provider for one order, as it was when last compared."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    charge_id = models.CharField(max_length=255, unique=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, help_text="ISO 4217 in small letters: usd")
    status = models.CharField(max_length=10, choices=PaymentStatus)
    # When order and charge were first found to agree; empty while they differ.
    reconciled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="crm_payment_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(currency__regex=CURRENCY), name="crm_payment_currency_has_a_shape"
            ),
            models.CheckConstraint(
                condition=Q(status__in=PaymentStatus.values), name="crm_payment_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for order {self.order_id}"


class DifferenceKind(models.TextChoices):
    """How our books and the provider's can differ."""

    NO_CHARGE = "no_charge", "paid order without a charge"
    NO_ORDER = "no_order", "charge for an order that is not here"
    NOT_PAID = "not_paid", "charged, but the order is not paid"
    AMOUNT = "amount", "another amount than ordered"
    CURRENCY = "currency", "another currency than ours"
    TWICE = "twice", "order charged more than once"


class PaymentDifferenceQuerySet(models.QuerySet["PaymentDifference"]):
    """Questions about many differences."""

    def open_at(self, moment: datetime) -> PaymentDifferenceQuerySet:
        """Those found before `moment` and not resolved before it."""
        unresolved = Q(resolved_at=None) | Q(resolved_at__gte=moment)
        return self.filter(unresolved, found_at__lt=moment)

    def about(self, orders: Collection[int], charge_ids: Collection[str]) -> PaymentDifferenceQuerySet:
        """Those about one of these charges, or about one of these orders as a whole."""
        return self.filter(Q(charge_id__in=charge_ids) | Q(charge_id="", order__in=orders))


class PaymentDifference(models.Model):
    """One difference, found once; `resolved_at` is set when it is gone."""

    kind = models.CharField(max_length=10, choices=DifferenceKind)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="payment_differences"
    )
    charge_id = models.CharField(max_length=255, blank=True, default="")
    detail = models.CharField(max_length=200)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentDifferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "charge_id"],
                condition=~Q(charge_id=""),
                name="crm_payment_difference_once_per_charge",
            ),
            models.UniqueConstraint(
                fields=["kind", "order"],
                condition=Q(charge_id=""),
                name="crm_payment_difference_once_per_order",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | ~Q(charge_id=""),
                name="crm_payment_difference_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DifferenceKind.values), name="crm_payment_difference_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.detail

    @property
    def key(self) -> tuple[str, str | int | None]:
        """What the constraints keep unique: the kind, with the charge or else the order."""
        return self.kind, self.charge_id or self.order_id
