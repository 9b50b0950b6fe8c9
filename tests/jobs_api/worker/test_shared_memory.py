"""The memory: what a command and its supervisor tell each other through memory."""

from __future__ import annotations

import os

import pytest

from jobs_api.worker.shared_memory import REASONS, SharedMemory


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_to_stop_is_read_as_it_was_written(reason):
    memory = SharedMemory()
    memory.stop = reason
    assert memory.stop == reason


@pytest.mark.parametrize("progress", [(None, None), (0, None), (3, 7), (-(2**63), 2**63 - 1), (None, 5)])
def test_progress_is_read_as_it_was_written_and_nothing_is_no_number(progress):
    memory = SharedMemory()
    memory.progress = (1, 1)
    memory.progress = progress
    assert memory.progress == progress


def test_a_forked_process_and_its_parent_see_the_same():
    memory = SharedMemory()
    pid = os.fork()
    if pid == 0:
        memory.progress = (4, 8)
        os._exit(0)
    os.waitpid(pid, 0)

    assert (memory.progress, memory.stop) == ((4, 8), "")
