"""Google Cloud Scheduler by gcloud: a shell script that creates or updates a job per line.

Source: `gcloud scheduler jobs create http --help`, `gcloud topic flags-file`, and
cloud.google.com/scheduler/docs. The scheduled time comes in X-CloudScheduler-ScheduleTime.
"""

from __future__ import annotations

from shlex import quote

from jobs_api.exporters.common.cloud_scheduler import DOUBLINGS, LONGEST_BACKOFF, delivery, description
from jobs_api.exporters.common.comments import commented, head, marker
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows

LONGEST_NAME = 500
HEAD = """\
set -eu
location=${{LOCATION:-{location}}}
secret=${{SECRET:-{secret}}}

# The header goes through a file of this user: `ps` and the history of a shell show command lines.
bearer=$(gcloud secrets versions access latest --secret="$secret")
case $bearer in
  '' | *[!A-Za-z0-9._~+/=-]*) echo "The secret $secret does not hold one CRON_SECRET." >&2; exit 1 ;;
esac
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '{{"--headers": {{"Authorization": "Bearer %s"}}}}\\n' "$bearer" > "$work/create.json"
printf '{{"--update-headers": {{"Authorization": "Bearer %s"}}}}\\n' "$bearer" > "$work/update.json"

# job NAME FLAGS: create it, or update the one of this name.
job() {{
  name=$1
  shift
  if gcloud scheduler jobs describe "$name" --location="$location" > "$work/old" 2> "$work/error"; then
    verb=update
  elif grep -q NOT_FOUND "$work/error"; then
    verb=create
  else
    cat "$work/error" >&2
    exit 1
  fi
  gcloud scheduler jobs "$verb" http "$name" --location="$location" --http-method=post \\
    --flags-file="$work/$verb.json" --quiet "$@" > "$work/answer"
  echo "${{verb}}d  $name"
}}
"""


class CloudSchedulerGcloud(Exporter):
    """A POSIX shell script; a second run changes nothing."""

    def render(self, plan: Plan) -> str:
        parts = [commented(self, head(self, plan)), _prepared(plan)]
        return "#!/bin/sh\n" + "".join(parts + [_job(row) for row in rows(plan, limit=LONGEST_NAME)])

    def how_to_apply(self, plan: Plan) -> str:
        return (
            f"Once, keep CRON_SECRET in Secret Manager as {plan.settings['secret']}: one secret, without"
            " Bearer.\n"
            f"Apply it, and each change: sh {self.file}\n"
            "Another region: LOCATION=us-central1 before it. What is no longer declared stays: delete it with"
            " gcloud scheduler jobs delete NAME."
        )


def _prepared(plan: Plan) -> str:
    """The beginning of the script, with the settings as words of the shell."""
    return HEAD.format(**{name: quote(value) for name, value in plan.settings.items()})


def _job(row: Row) -> str:
    entry, calls = row.entry, delivery(row.entry)
    again = f"--max-retry-attempts={calls.retries} --min-backoff={calls.backoff}s"
    flags = [
        f"--schedule={quote(row.line)} --time-zone={quote(entry.timezone)}",
        f"--uri={quote(entry.url)}",
        f"--description={quote(description(entry))}",
        f"--attempt-deadline={calls.deadline}s",
        f"{again} --max-backoff={LONGEST_BACKOFF}s --max-doublings={DOUBLINGS}",
    ]
    return f"\n# {marker(entry)}\njob {quote(row.name)} \\\n  " + " \\\n  ".join(flags) + "\n"


exporter = CloudSchedulerGcloud(
    "Google Cloud Scheduler (gcloud)",
    "cloud-scheduler.sh",
    dialect=Dialect(zones=True),
    settings={
        "location": Setting(default="europe-west1", help="the region of the scheduler's jobs"),
        "secret": Setting(default="cron-secret", help="the secret in Secret Manager"),
    },
)
