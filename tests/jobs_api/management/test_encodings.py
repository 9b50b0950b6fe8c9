"""A terminal, a crontab or a container that knows ASCII only breaks no command of ours, and no job."""

import subprocess
import sys

import pytest
from django.conf import settings

from jobs_api import Job
from jobs_api.models import JobRun
from tests.jobs_api.execution.attempts import output_of
from tests.jobs_api.execution.output.test_kept_streams import ENCODINGS
from tests.toys.child.start import environment

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = """
import django
django.setup()
from django.core.management import call_command
from jobs_api.models import JobRun
call_command("jobs_run", "nightly")
call_command("jobs_list")
call_command("jobs_show", str(JobRun.objects.get().pk))
call_command("jobs_pause", "nightly", "--reason", "Pr\\xfcfung \\u2713")
call_command("jobs_list", "--json")
"""


def test_every_command_prints_what_it_cannot_encode_as_an_escape():
    job = Job("nightly", command="toy", description="Prüft ✓", options={"behave": "rebinds"})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=settings.BASE_DIR,
        env=environment([job]) | ENCODINGS["ascii"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    said = done.stdout.decode("ascii")
    assert "5 \\u2713" in said  # jobs_show
    assert output_of(JobRun.objects.get()).splitlines() == ["1 ✓", "2 ✓", "4 ✓", "5 ✓"]  # 3 is by a thread
    assert "Traceback" not in said + done.stderr.decode()
