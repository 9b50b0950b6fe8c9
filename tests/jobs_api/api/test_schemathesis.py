"""Generated requests, right and wrong ones, find no answer and no fault that the document does not name.

Short here, and the same each time; `make fuzz` sends many more, other ones each time.
"""

import os
import random

import pytest

from tests import documented
from tests.jobs_api.api import fuzzing

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Of each endpoint, in each phase that draws them; 0: the short form."""
SEED = int(os.environ.get("FUZZ_SEED") or random.getrandbits(32)) if EXAMPLES else 9

AT_THE_DOOR = (401, 403, 404, 405, 429)
"""Statuses of requests that an endpoint has not looked at."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "phases", [("examples", "coverage"), ("fuzzing", "stateful")], ids=["enumerated", "drawn"]
)
def test_schemathesis_finds_nothing_undocumented(declare, executor, settings, phases):
    limits = {"BAD_TOKENS_PER_MINUTE": 10**6, "WAIT_SECONDS": 0.01, "WAIT_LIMIT_SECONDS": 0.01}
    settings.JOBS_API = {**settings.JOBS_API, **limits}
    config = fuzzing.configuration(
        fuzzing.world(declare, executor),
        phases,
        examples=EXAMPLES or 8,
        seed=SEED,
        repeatable=not EXAMPLES,
    )
    report = fuzzing.fuzz(config)
    found = "\n\n".join(report.faults[:20])
    assert not report.faults, f"{len(report.faults)} with FUZZ_SEED={SEED}:\n{found}"
    reached = {label for label, status in report.answered if status not in AT_THE_DOOR}
    paths = documented.document()["paths"]
    assert reached == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
