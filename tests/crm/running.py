"""Run a command as a job of some slot, or by hand."""

from io import StringIO

from django.core.management import call_command

from jobs_api.execution.current import CurrentRun, enter, leave


def run(command, *args, run_date=None, within=None, out=None):
    """What the command printed; `within` is the run to give it, where the test looks at that.

    `out` is where it prints, for tests of one that fails.
    """
    out = out or StringIO()
    token = enter(within or CurrentRun(job_name=command, run_date=run_date, attempt=1 if run_date else 0))
    try:
        call_command(command, *args, stdout=out)
    finally:
        leave(token)
    return out.getvalue()
