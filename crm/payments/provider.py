"""The payment provider's charges, asked for through Stripe's own client.

The client is imported when it is used: its twenty megabytes are for this job only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crm import conf
from crm.models import PaymentStatus

if TYPE_CHECKING:
    from stripe import StripeClient, StripeObject

TIMEOUT = 10.0
"""Seconds that the provider may be silent."""
RETRIES = 1
"""Of a request that got no answer, or an error on the provider's side; the run itself has retries, too."""
REASONS = {
    "AuthenticationError": "does not know the key in STRIPE_API_KEY. Set a valid one.",
    "PermissionError": "does not let the key in STRIPE_API_KEY read charges. Give it that permission.",
    "RateLimitError": "had too many requests. Try again later.",
    "APIConnectionError": "cannot be reached, or is too slow. Is STRIPE_API_BASE right?",
}
NOT_CHARGES = "The payment provider answered with something that is not a charge. Is STRIPE_API_BASE right?"
TWICE = "The payment provider lists a charge twice; the list might never end."

ORDER_ID = re.compile(r"[0-9]{1,18}")
"""Nothing longer: the database has no such number."""

Amount = Annotated[int, Field(ge=0, lt=10**14)]
"""In the currency's smallest unit; a Payment can hold no more."""


class Charge(BaseModel):
    """The part of Stripe's charge that is compared; the rest is not even kept."""

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
        """The number of the order that it names; None: it names none, or not by a number."""
        text = self.metadata.get("order_id", "")
        return int(text) if ORDER_ID.fullmatch(text) else None

    @property
    def outcome(self) -> PaymentStatus:
        """Its state. It is refunded only if all of the money was given back, not a part."""
        if self.refunded:
            return PaymentStatus.REFUNDED
        if self.status == "succeeded" and not self.captured:
            return PaymentStatus.PENDING  # the money is reserved, nothing more
        return PaymentStatus(self.status)

    @property
    def total(self) -> Decimal:
        """What was taken, or will be, if the currency has two decimals. Partial refunds do not change it."""
        return Decimal(self.amount_captured if self.captured else self.amount).scaleb(-2)


class Unreadable(NamedTuple):
    """A charge that does not have the shape of `Charge`."""

    id: str
    fields: str

    def __str__(self) -> str:
        """One line for the output. It leaves out the values, as they may be about a customer."""
        return f"Charge {self.id}: cannot be read, see its {self.fields}."


def read(answer: dict[str, Any]) -> Charge | Unreadable:
    """The charge in an answer of the provider.

    Raises:
        ValidationError: it has no id, so it is not a charge.
    """
    try:
        return Charge.model_validate(answer)
    except ValidationError as error:
        fields = sorted({str(problem["loc"][0]) for problem in error.errors()})
        if "id" in fields:
            raise
        return Unreadable(answer["id"], ", ".join(fields))


class ProviderError(Exception):
    """Why the provider could not be asked. The text is our own: the provider's may repeat the key."""


class Provider:
    """The provider's charges; `unreadable` has those that could not be read, by their ids.

    All methods raise ProviderError.
    """

    def __init__(self, client: StripeClient) -> None:
        self.unreadable: dict[str, Unreadable] = {}
        self._client = client

    def charges(self, start: datetime, end: datetime) -> Iterator[Charge | None]:
        """Those made from `start` to before `end`, the newest first, a page of 100 at a time.

        None stands for one that cannot be read.
        """
        first, last, seen = int(start.timestamp()), int(end.timestamp()), set[str]()
        with _clear_errors():
            page = self._client.v1.charges.list({"created": {"gte": first, "lt": last}, "limit": 100})
            for found in page.auto_paging_iter():
                if found.id in seen:
                    raise ProviderError(TWICE)
                seen.add(found.id)
                yield self._read(found)

    def charge(self, charge_id: str) -> Charge | None:
        """The one with that id; None if the provider has none, or it cannot be read."""
        from stripe import InvalidRequestError

        with _clear_errors():
            try:
                return self._read(self._client.v1.charges.retrieve(charge_id))
            except InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise

    def _read(self, answer: StripeObject) -> Charge | None:
        charge = read(answer.to_dict())
        if isinstance(charge, Charge):
            return charge
        self.unreadable[charge.id] = charge
        return None


@contextmanager
def connect() -> Iterator[Provider]:
    """The provider that settings name.

    Raises:
        ProviderError: STRIPE_API_KEY is not set.
    """
    if not (key := conf.stripe_api_key()):
        raise ProviderError("STRIPE_API_KEY is not set. Set it to a key that may read charges.")
    import stripe

    stripe.enable_telemetry = False  # it would send facts about this machine
    http = stripe.RequestsClient(timeout=TIMEOUT)
    base = conf.stripe_api_base().rstrip("/") or stripe.DEFAULT_API_BASE
    try:
        yield Provider(
            stripe.StripeClient(
                key, base_addresses={"api": base}, http_client=http, max_network_retries=RETRIES
            )
        )
    finally:
        http.close()  # type: ignore[no-untyped-call]


@contextmanager
def _clear_errors() -> Iterator[None]:
    from stripe import StripeError

    try:
        yield
    except StripeError as error:
        raise ProviderError(_reason(error)) from None
    # Stripe's client raises these for an answer of another shape, and pydantic for such a charge.
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderError(NOT_CHARGES) from None


def _reason(error: Exception) -> str:
    name, status = type(error).__name__, getattr(error, "http_status", None)
    return f"The payment provider {REASONS.get(name, f'failed: {name}, HTTP status {status}.')}"
