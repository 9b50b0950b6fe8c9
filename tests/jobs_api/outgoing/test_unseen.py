"""What traces the host's requests sees none of ours: the secret of a monitor or a chat stands in its URL."""

from __future__ import annotations

import pytest
import sentry_sdk
from opentelemetry import context
from sentry_sdk.transport import Transport

from jobs_api import outgoing
from tests.jobs_api.outgoing.peers import answers, peer

SECRET = "s3cret"


class Envelopes(Transport):
    """What Sentry would send."""

    def __init__(self):
        super().__init__()
        self.raw = b""

    def capture_envelope(self, envelope):
        self.raw += envelope.serialize()


@pytest.fixture
def sentry():
    transport = Envelopes()
    sentry_sdk.init("https://public@sentry.invalid/1", transport=transport, traces_sample_rate=1.0)
    yield transport
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_sentry_sends_neither_span_nor_breadcrumb_of_a_request(sentry):
    """A job that runs inline is a part of the host's request, and so is whatever is sent meanwhile."""
    with peer(answers()) as server, sentry_sdk.start_transaction(name="a request of the host"):
        outgoing.post(f"{server.url}/{SECRET}", body=b"", headers={}, seconds=5)
        sentry_sdk.capture_message("an event of the host")
    assert b"a request of the host" in sentry.raw
    assert b"an event of the host" in sentry.raw
    assert SECRET.encode() not in sentry.raw


def test_what_goes_wrong_meanwhile_is_still_reported(sentry):
    def breaks():
        sentry_sdk.capture_message("a bug of ours")

    outgoing.within(5, breaks, name="a test")
    assert b"a bug of ours" in sentry.raw


def test_instrumentations_of_opentelemetry_are_told_to_look_away():
    keys = (context._SUPPRESS_INSTRUMENTATION_KEY, context._SUPPRESS_HTTP_INSTRUMENTATION_KEY)

    def told():
        return [context.get_value(key) for key in keys]

    assert outgoing.within(5, told, name="a test") == [True, True]
    assert told() == [None, None]
