"""Asking the payment provider, through Stripe's own client.

It is imported when it is used: its twenty megabytes are for this job only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from crm import conf
from crm.payments.charge import Charge, Unreadable, read

if TYPE_CHECKING:
    from stripe import StripeClient, StripeObject

TIMEOUT = 10.0
"""Seconds that the provider may be silent."""
RETRIES = 1
"""Of a request without an answer, or with one that is the provider's fault; the run has tries of its own."""
REASONS = {
    "AuthenticationError": "does not know the key in STRIPE_API_KEY. Set a valid one.",
    "PermissionError": "does not let the key in STRIPE_API_KEY read charges. Give it that permission.",
    "RateLimitError": "had too many requests. Try again later.",
    "APIConnectionError": "cannot be reached, or is too slow. Is STRIPE_API_BASE right?",
}
NOT_CHARGES = "The payment provider answered with something that is no charge. Is STRIPE_API_BASE right?"
TWICE = "The payment provider lists a charge twice; this could go on for ever."


class ProviderError(Exception):
    """Why the provider could not be asked. The text is ours: the provider's may repeat the key."""


class Provider:
    """The provider's charges, and by their ids those that could not be read.

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

    def _read(self, told: StripeObject) -> Charge | None:
        charge = read(told.to_dict())
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

    stripe.enable_telemetry = False  # it tells the provider about this machine
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
    # What Stripe's client does with an answer of another shape, and pydantic with such a charge.
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderError(NOT_CHARGES) from None


def _reason(error: Exception) -> str:
    name, status = type(error).__name__, getattr(error, "http_status", None)
    return f"The payment provider {REASONS.get(name, f'failed: {name}, HTTP status {status}.')}"
