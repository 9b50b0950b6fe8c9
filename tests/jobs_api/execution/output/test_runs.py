"""Output as it is stored with real runs: each has its own, also when threads run many at once."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from jobs_api import current_run
from jobs_api.conf import config
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from tests.conftest import NOON
from tests.jobs_api.execution.attempts import begun, output_of, performed

logger = logging.getLogger("tests.runs")


@pytest.mark.django_db(transaction=True)
def test_twelve_runs_at_once_have_twelve_outputs(declare, toy):
    job = declare(overlap="allow")
    leases = [begun(job, NOON.replace(minute=minute)) for minute in range(12)]
    together = threading.Barrier(12)

    def behave(command, **options):
        together.wait(20)
        for line in range(20):
            name = current_run().run_date.minute
            print(f"{name} {line}")
            command.stderr.write(f"{name} {line}")
            logger.info("%s %s", name, line)

    def work(lease):
        try:
            return perform(job, lease).state
        finally:
            connections.close_all()

    toy(behave)
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(work, leases)) == {"succeeded"}
    for run in JobRun.objects.all():
        said = [line.split()[-2:] for line in output_of(run).splitlines()]
        assert said == [[str(run.run_date.minute), str(line)] for line in range(20) for _ in range(3)]


@pytest.mark.django_db
def test_of_a_run_that_says_a_lot_the_first_and_last_parts_are_stored(declare, toy):
    def behave(command, **options):
        print("the beginning")
        for _ in range(30):
            print("ä" * 10_000)
        print("the end")

    toy(behave)
    run = performed(declare())
    assert len(run.output_head) == len(run.output_tail) == config().output_bytes // 2 == 128 * 1024
    assert run.output_size == len("the beginning\nthe end\n") + 30 * 20_001
    said = (bytes(run.output_head) + bytes(run.output_tail)).decode("utf-8", "replace")
    assert said.startswith("the beginning\n")
    assert said.endswith("the end\n")


@pytest.mark.django_db
def test_how_much_is_kept_is_a_setting(declare, toy, settings):
    settings.JOBS_API = {**settings.JOBS_API, "OUTPUT_BYTES": 20}
    toy(lambda command, **options: print("0123456789" * 5, end=""))
    assert output_of(performed(declare())) == "0123456789\n[... 30 bytes left out ...]\n0123456789"


@pytest.mark.django_db
def test_a_silent_run_has_no_output(declare, toy):
    toy(lambda command, **options: None)
    run = performed(declare())
    assert (bytes(run.output_head), bytes(run.output_tail), run.output_size) == (b"", b"", 0)
