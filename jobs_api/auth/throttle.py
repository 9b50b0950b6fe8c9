"""A limit on the wrong tokens that one address may send."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from jobs_api import conf
from jobs_api.exceptions import TooManyBadTokens


class BadTokens:
    """Counts wrong tokens per address in this process, in bounded memory."""

    def __init__(self, addresses: int = 10_000) -> None:
        self._limit = addresses
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, address: str) -> None:
        """Count one more wrong token of this address.

        Raises:
            TooManyBadTokens: the limit of this minute is reached; carries `retry_after`.
        """
        now = time.monotonic()
        with self._lock:
            since, count = self._counts.pop(address, (now, 0))
            if now - since >= 60:
                since, count = now, 0
            self._counts[address] = (since, count + 1)
            if len(self._counts) > self._limit:
                self._counts.popitem(last=False)
        if count >= conf.config().bad_tokens_per_minute:
            raise TooManyBadTokens(retry_after=max(round(since + 60 - now), 1))

    def forget(self) -> None:
        """Reset all counts, for a test."""
        self._counts.clear()


bad_tokens = BadTokens()
