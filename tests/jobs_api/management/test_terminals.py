"""The commands on a real terminal: its width, its colours, its Ctrl-C."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from jobs_api.models import JobRun
from tests.conftest import stored_run
from tests.jobs_api.execution.attempts import eventually

from .processes import MANAGE, environment
from .test_tables import width

pytestmark = pytest.mark.django_db(transaction=True)
UNSET = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "DJANGO_COLORS", "COLUMNS")


class Screen:
    """A terminal of so many columns, with a command on it."""

    def __init__(self, columns, *arguments):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        kept = {name: value for name, value in environment(TERM="xterm").items() if name not in UNSET}
        self._process = subprocess.Popen(
            [sys.executable, str(MANAGE), *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=kept,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.text = ""

    def read(self, until=None):
        """Read until this text has come; to the end without it."""
        while until is None or until not in self.text:
            try:
                data = os.read(self._ours, 4096)
            except OSError:  # Linux says so where the other side has gone
                break
            if not data:
                break
            self.text += data.decode().replace("\r\n", "\n")
        return self.text

    def type(self, keys):
        os.write(self._ours, keys)

    def end(self):
        """The exit status."""
        self.read()
        os.close(self._ours)
        return self._process.wait(timeout=30)


def test_a_table_fits_the_terminal_it_is_on_and_is_coloured_there():
    screen = Screen(58, "jobs_list")
    assert screen.end() == 0
    lines = re.sub("\x1b\\[[0-9;]*m", "", screen.text).splitlines()
    lines = lines[: lines.index("")]  # sentences are below it
    assert max(map(width, lines)) <= 58
    assert [line.split()[0] for line in lines[:4]] == ["job", "broken", "fine", "long"]
    assert lines[-1].startswith(("Times in UTC.", "Left out: "))
    assert "\x1b[32mok\x1b[0m" in screen.text


def test_a_run_is_followed_until_somebody_has_seen_enough(declare):
    """Contract, part 7: what was written is read by another process at most two seconds later."""
    lease = {"state": "running", "lease_expires_at": timezone.now() + timedelta(days=1)}
    run = stored_run(declare("fine"), **lease, output_head=b"one\n", output_size=4)
    screen = Screen(80, "jobs_show", "fine", "--follow")
    assert "lost" not in screen.read(until="\none\n")
    JobRun.objects.filter(pk=run.pk).update(output_head=b"one\ntwo\n", output_size=8)
    assert "\none\ntwo\n" in screen.read(until="\ntwo\n")
    screen.type(b"\x03")
    assert screen.end() == 130
    assert "Traceback" not in screen.text
    eventually(lambda: JobRun.objects.get().state == "running", seconds=1)
