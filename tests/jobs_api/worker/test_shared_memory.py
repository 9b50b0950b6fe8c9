"""The board: what a command and its supervisor tell each other through memory."""

from __future__ import annotations

import os

import pytest

from jobs_api.worker.shared_memory import REASONS, Board


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_to_stop_is_read_as_it_was_written(reason):
    board = Board()
    board.stop = reason
    assert board.stop == reason


@pytest.mark.parametrize("progress", [(None, None), (0, None), (3, 7), (-(2**63), 2**63 - 1), (None, 5)])
def test_progress_is_read_as_it_was_written_and_nothing_is_no_number(progress):
    board = Board()
    board.progress = (1, 1)
    board.progress = progress
    assert board.progress == progress


def test_a_forked_process_and_its_parent_see_the_same():
    board = Board()
    pid = os.fork()
    if pid == 0:
        board.progress = (4, 8)
        os._exit(0)
    os.waitpid(pid, 0)

    assert (board.progress, board.stop) == ((4, 8), "")
