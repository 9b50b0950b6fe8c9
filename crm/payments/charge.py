"""One charge, as the provider tells it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
    currency: str = Field(pattern=r"^[a-z]{3}$")
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
