"""Customers, and which of them the weekly clean-up is about."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat, Lower
from django.db.models.lookups import EndsWith
from django.utils import timezone

from crm.clock import days_before
from crm.models.content import Upload, one_line

EMAIL = r"^[!-?A-~]+@[!-?A-~]+\Z"
PHONE = r"^(\+[0-9]{7,15}|[0-9]{3}-[0-9]{3}-[0-9]{4})\Z"
"""Python and PostgreSQL read both patterns alike; in Python, `$` would allow a line break at the end.
Addresses are ASCII: for other letters, databases disagree which are the same in another case."""

INACTIVE_DAYS = 365
FORMER, NOWHERE = "Former customer", "@example.invalid"


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Questions about many customers, and changes to them."""

    def inactive(self, *, now: datetime) -> CustomerQuerySet:
        """Known for over a year, without an order in that year, and not anonymised yet.

        A cancelled order counts: its customer was active.
        """
        cutoff = days_before(now, INACTIVE_DAYS)
        known = self.filter(created_at__lt=cutoff, anonymised_at=None)
        return known.exclude(orders__order_date__gte=cutoff)  # NOT EXISTS: one recent order is enough

    @transaction.atomic
    def anonymise(self, *, now: datetime) -> int:
        """Delete their names, addresses and uploads, and keep their rows; returns how many customers."""
        Upload.objects.filter(customer__in=self).delete()
        nobody = Concat(Value("deleted-"), Cast("pk", models.CharField()), Value(NOWHERE))
        return self.update(name=FORMER, email=nobody, phone="", anonymised_at=now)


class Customer(models.Model):
    """Someone who may order."""

    name = models.CharField(max_length=100, validators=[one_line])
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=20, blank=True, default="", help_text="+1234567890 or 123-456-7890")
    # A default rather than auto_now_add: an import can give the real date.
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    anonymised_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="crm_customer_email_is_unique_in_any_case",
                violation_error_message="Email already exists",
            ),
            models.CheckConstraint(
                condition=Q(email__regex=EMAIL),
                name="crm_customer_email_has_a_shape",
                violation_error_message="Write the email address in ASCII, and its domain as xn--...",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=PHONE),
                name="crm_customer_phone_has_a_shape",
                violation_error_message="Invalid phone: write +1234567890 or 123-456-7890",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="crm_customer_has_a_name",
                violation_error_message="Name must not be empty",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at=None) | Q(name=FORMER, phone="", email__endswith=NOWHERE),
                name="crm_customer_anonymised_is_nobody",
            ),
            models.CheckConstraint(
                # Lower, as in the first rule, so that both compare addresses in the same way.
                condition=Q(anonymised_at__isnull=False) | ~Q(EndsWith(Lower("email"), NOWHERE)),
                name="crm_customer_email_of_nobody_is_reserved",
                violation_error_message="Addresses at example.invalid are reserved: write another",
            ),
        ]

    def __str__(self) -> str:
        return self.name
