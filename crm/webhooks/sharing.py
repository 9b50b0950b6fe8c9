"""Sharing the time of a run among endpoints."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator


def shared(deliveries: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same pairs of delivery and endpoint, next that of the endpoint which has taken least time yet.

    What is done with a pair until the next one is asked for is the time that its endpoint takes. So a
    slow endpoint costs the others no more than its share, and has all the time that they leave.
    """
    waiting: dict[int, deque[int]] = {}
    for delivery, endpoint in deliveries:
        waiting.setdefault(endpoint, deque()).append(delivery)
    taken = dict.fromkeys(waiting, 0.0)
    while waiting:
        endpoint = min(waiting, key=taken.__getitem__)
        begun = time.monotonic()
        yield waiting[endpoint].popleft(), endpoint
        taken[endpoint] += time.monotonic() - begun
        if not waiting[endpoint]:
            del waiting[endpoint]
