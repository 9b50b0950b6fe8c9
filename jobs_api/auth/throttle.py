"""How many wrong tokens one address may send."""

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
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, address: str) -> None:
        """Note one more.

        Raises:
            TooManyBadTokens: with `retry_after`, once the minute's number is used up.
        """
        now = time.monotonic()
        with self._lock:
            since, count = self._seen.pop(address, (now, 0))
            if now - since >= 60:
                since, count = now, 0
            self._seen[address] = (since, count + 1)
            if len(self._seen) > self._limit:
                self._seen.popitem(last=False)
        if count >= conf.config().bad_tokens_per_minute:
            raise TooManyBadTokens(retry_after=max(round(since + 60 - now), 1))

    def forget(self) -> None:
        """Start anew, in a test."""
        self._seen.clear()


bad_tokens = BadTokens()
