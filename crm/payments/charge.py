"""One charge, as the provider tells it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crm.models import PaymentStatus

ORDER_ID = re.compile(r"[0-9]{1,18}")
"""Nothing longer: the database knows no such number."""

Amount = Annotated[int, Field(ge=0, lt=10**14)]
"""In the currency's smallest unit; up to what a Payment can hold."""


class Charge(BaseModel):
    """The part of Stripe's charge that is compared; anything else in it is not even kept."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_]{1,255}$")
    created: int = Field(ge=0, lt=2**35)  # seconds since 1970
    amount: Amount
    amount_captured: Amount
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_lower=True)]
    status: Literal["succeeded", "pending", "failed"]
    captured: bool
    refunded: bool
    metadata: dict[str, str]

    @property
    def made_at(self) -> datetime:
        """When it was made, by the provider's clock."""
        return datetime.fromtimestamp(self.created, UTC)

    @property
    def order_id(self) -> int | None:
        """The order that it names; None: none, or not by a number."""
        text = self.metadata.get("order_id", "")
        return int(text) if ORDER_ID.fullmatch(text) else None

    @property
    def outcome(self) -> PaymentStatus:
        """What became of it. Only all of the money given back makes it refunded, not a part."""
        if self.refunded:
            return PaymentStatus.REFUNDED
        if self.status == "succeeded" and not self.captured:
            return PaymentStatus.PENDING  # the money is reserved, nothing more
        return PaymentStatus(self.status)

    @property
    def total(self) -> Decimal:
        """What was taken, or would be, in a currency of two decimals. Parts given back stay in it."""
        return Decimal(self.amount_captured if self.captured else self.amount).scaleb(-2)


class Unreadable(NamedTuple):
    """A charge that is not told as `Charge` expects it."""

    id: str
    fields: str

    def __str__(self) -> str:
        """One line for the output; what the fields hold may be about a customer."""
        return f"Charge {self.id}: cannot be read, see its {self.fields}."


def read(told: dict[str, Any]) -> Charge | Unreadable:
    """The charge that the provider has told.

    Raises:
        ValidationError: it has no id, and so is no charge.
    """
    try:
        return Charge.model_validate(told)
    except ValidationError as error:
        fields = sorted({str(problem["loc"][0]) for problem in error.errors()})
        if "id" in fields:
            raise
        return Unreadable(told["id"], ", ".join(fields))
