"""Asking the payment provider, through Stripe's own client.

It is imported when it is used: its twenty megabytes are for this job only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from crm import conf
from crm.payments.charge import Charge

if TYPE_CHECKING:
    from stripe import StripeClient

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


class ProviderError(Exception):
    """Why the provider could not be asked. The text is ours: the provider's may repeat the key."""


class Provider:
    """The provider's charges. All methods raise ProviderError."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    def charges(self, start: datetime, end: datetime) -> Iterator[Charge]:
        """Those made from `start` to before `end`, the newest first, a page of 100 at a time."""
        first, last = int(start.timestamp()), int(end.timestamp())
        with _clear_errors():
            page = self._client.v1.charges.list({"created": {"gte": first, "lt": last}, "limit": 100})
            for found in page.auto_paging_iter():
                yield Charge.model_validate(found.to_dict())

    def charge(self, charge_id: str) -> Charge | None:
        """The one with that id; None if the provider has none."""
        from stripe import InvalidRequestError

        with _clear_errors():
            try:
                return Charge.model_validate(self._client.v1.charges.retrieve(charge_id).to_dict())
            except InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise


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
