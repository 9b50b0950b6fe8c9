"""Which trace contexts of callers are kept: version 00 of the W3C, and nothing else."""

from __future__ import annotations

import pytest

from jobs_api.runs import trace_context
from jobs_api.runs.types import Trigger

from .conftest import CONTEXT, SPAN, TRACE

ANOTHER = f"00-{'a' * 32}-{'b' * 16}-00"

VALID = {"sampled": CONTEXT, "not sampled": ANOTHER, "flags of a later level": f"00-{TRACE}-{SPAN}-ff"}
HOSTILE = {
    "nothing": "",
    "no trace": f"00-{'0' * 32}-{SPAN}-01",
    "no span": f"00-{TRACE}-{'0' * 16}-01",
    "the version that is none": f"ff-{TRACE}-{SPAN}-01",
    "a later version": f"01-{TRACE}-{SPAN}-01",
    "a later version with more": f"01-{TRACE}-{SPAN}-01-more",
    "more": f"{CONTEXT}-more",
    "a new line behind it": f"{CONTEXT}\n",
    "a space before it": f" {CONTEXT}",
    "capitals": CONTEXT.upper(),
    "too short": CONTEXT[:-1],
    "other digits": CONTEXT.replace("4", "\u0664"),
    "no hex": CONTEXT.replace("4", "g"),
    "underscores": CONTEXT.replace("-", "_"),
    "two of them": f"{CONTEXT},{CONTEXT}",
    "SQL": "00-' OR 1=1; DROP TABLE jobs_api_jobrun; --",
    "a megabyte": CONTEXT + "0" * 2**20,
    "a null byte": CONTEXT[:-1] + "\0",
    "half a letter": CONTEXT[:-1] + "\ud800",
}


@pytest.mark.parametrize("sent", VALID.values(), ids=VALID)
def test_a_valid_context_is_kept_as_it_was_sent(sent):
    assert trace_context.valid(sent) == sent


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_ignored_and_never_an_error(sent):
    assert trace_context.valid(sent) == ""
    assert Trigger("http", traceparent=sent).fields()["traceparent"] == ""
