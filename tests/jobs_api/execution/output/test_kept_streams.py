"""A library that has kept the process's own stream, since before the first run, reaches the run's output too.

The server's own log has these lines as before. No encoding of the process keeps a line from the run.
"""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from .old_acquaintances import WAYS

ENCODINGS = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "ascii": {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.fixture(scope="module", params=ENCODINGS)
def process(request, tmp_path_factory):
    """What the runs of such a process have, and what it has printed itself."""
    said = tmp_path_factory.mktemp("kept") / "said.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs_api.execution.output.old_acquaintances", str(said)],
        cwd=settings.BASE_DIR,
        env=os.environ | ENCODINGS[request.param] | {"DJANGO_SETTINGS_MODULE": "settings.test"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(said.read_text()), (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("again", [0, 1])
@pytest.mark.parametrize("way", WAYS)
def test_each_line_is_in_the_run_once(process, way, again):
    said = process[0][again][way]
    assert (said.count("said ✓"), said.count("\n")) == (1, 1)


def test_the_servers_own_log_has_what_was_written_to_its_own_streams(process):
    printed = process[1]
    own = ("click begins", "between two runs", "after the runs", "at the very end")
    assert [printed.count(line) for line in own] == [1, 1, 1, 1]
    by_name = {"print", "click", "click to stderr", "a console", "a console of the run"}  # they kept nothing
    assert printed.count("said") == 2 * len({*WAYS} - by_name)
    assert "Traceback" not in printed
