"""A command whose output is captured, without a run."""

import pytest
from django.core.management import call_command

from .recording import captured


@pytest.fixture
def toy_says(toy):
    """``toy_says(function)`` lets the toy do `function(command)` while it is captured; returns its output."""

    def run(function, **options):
        toy(lambda command, **given: function(command))
        return captured(lambda stream: call_command("toy", stdout=stream, stderr=stream, **options))

    return run
