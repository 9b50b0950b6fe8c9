"""A server on this machine that answers for Stripe: charges, listed by time and page, and by id.

with stand_in(charge(order, amount="10.00", at=NOW)) as stripe:
    settings.STRIPE_API_BASE, settings.STRIPE_API_KEY = stripe.base, KEY
"""

import json
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

from .factories import ago

KEY = "rk_test_51StandInKeyOfNoValueAnywhere4711"
_numbers = count(1)


def charge(order=None, *, amount="999.99", at=None, **fields):
    """A charge as Stripe describes it: for an order, or for whatever `order_id` is given."""
    cents = int(Decimal(amount).scaleb(2))
    metadata = {} if order is None else {"order_id": str(getattr(order, "pk", order))}
    return {
        "id": f"ch_3Test{next(_numbers):08}",
        "object": "charge",
        "amount": cents,
        "amount_captured": cents,
        "amount_refunded": 0,
        "billing_details": {"name": "Alice Martin", "email": "alice@example.com"},
        "captured": True,
        "created": int((at or ago(minutes=30)).timestamp()),
        "currency": "usd",
        "metadata": metadata,
        "refunded": False,
        "status": "succeeded",
    } | fields


@contextmanager
def stand_in(*charges, key=KEY):
    """Serves these charges to whoever has the key, until the block ends."""
    server = StripeStandIn(charges, key)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class StripeStandIn(ThreadingHTTPServer):
    """`charges` may be changed while it runs; `asked` has the path and headers of all requests."""

    def __init__(self, charges, key):
        super().__init__(("127.0.0.1", 0), Handler)
        self.charges, self.key = list(charges), key
        self.asked, self.trouble, self.over = [], (range(0), None, 0), Event()

    @property
    def base(self):
        """For STRIPE_API_BASE."""
        return f"http://127.0.0.1:{self.server_port}"

    def misbehave(self, status=200, body="", *, headers=(), delay=0, after=0, times=10**6):
        """Give this answer instead, after so many good ones and so many times."""
        text = body if isinstance(body, str) else json.dumps(body)
        first = len(self.asked) + after
        self.trouble = range(first, first + times), (status, text, dict(headers)), delay


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Any request of the client."""
        numbers, answer, delay = self.server.trouble
        bad = len(self.server.asked) in numbers
        # Not self.path, in which two slashes have become one.
        self.server.asked.append((self.requestline.split()[1], dict(self.headers)))
        if bad and self.server.over.wait(delay):
            self.close_connection = True  # nobody waits any more
            return
        self._answer(*(answer if bad else self._serve()))

    def _serve(self):
        if self.headers["Authorization"] != f"Bearer {self.server.key}":
            # The real one blots most of the key out; this one is worse.
            return problem(401, f"Invalid API Key provided: {self.headers['Authorization']}")
        parts = urlsplit(self.path)
        if parts.path == "/v1/charges":
            return 200, json.dumps(page(self.server.charges, parse_qs(parts.query))), {}
        found = [one for one in self.server.charges if parts.path == f"/v1/charges/{one['id']}"]
        return (200, json.dumps(found[0]), {}) if found else problem(404, "No such charge")

    def _answer(self, status, text, headers):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


def problem(status, message):
    """An error as Stripe tells it."""
    return status, json.dumps({"error": {"type": "invalid_request_error", "message": message}}), {}


def page(charges, query):
    """Those in the window, the newest first, from `starting_after` on, `limit` of them."""
    since, until = int(query["created[gte]"][0]), int(query["created[lt]"][0])
    found = [one for one in charges if since <= one["created"] < until]
    found.sort(key=lambda one: (one["created"], one["id"]), reverse=True)
    if after := query.get("starting_after"):
        found = found[[one["id"] for one in found].index(after[0]) + 1 :]
    limit = int(query.get("limit", ["10"])[0])
    more = len(found) > limit
    return {"object": "list", "url": "/v1/charges", "has_more": more, "data": found[:limit]}
