"""pg_cron and pg_net: SQL that schedules HTTP requests in PostgreSQL, as in Supabase.

Source: github.com/citusdata/pg_cron, github.com/supabase/pg_net and supabase.com/docs/guides/cron, of
2026. `cron.schedule` with a name makes a job or changes it. A server has one zone, GMT unless
cron.timezone says otherwise. pg_net sends when the transaction has committed, and never again; it hands
over no scheduled time, so that the SQL adds the minute in which it runs.
"""

from __future__ import annotations

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows
from jobs_api.exporters.common.values import whole, word

VAULT = "(SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret')"
SCHEDULE = """
-- {marker}
SELECT cron.schedule({name}, {line}, $job$
  SELECT net.http_post(
    url := {url},
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || {secret},
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := {timeout}
  )
$job$);
"""
REST = """
-- Those that are no longer declared; remove each with: SELECT cron.unschedule('name');
SELECT jobname AS no_longer_declared FROM cron.job
WHERE starts_with(jobname, {prefix})
  AND jobname NOT IN (
    {names}
  );

COMMIT;
"""


class PgCron(Exporter):
    """A SQL script."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        prefix = f"{word(plan, 'prefix')}."
        own = [(row, quoted(prefix + row.name)) for row in rows(plan)]
        body = "".join(self._schedule(row, name, plan) for row, name in own)
        rest = REST.format(prefix=quoted(prefix), names=",\n    ".join(name for _, name in own) or "''")
        return f"{head}\nBEGIN;\n{body}{rest}"

    def how_to_apply(self, plan: Plan) -> str:
        return (
            "Apply it with: psql --file pg-cron.sql, in the database that has the extensions pg_cron and "
            "pg_net.\n"
            "Store the secret once: SELECT vault.create_secret('...', 'cron_secret'). Without the vault, "
            "give the SQL "
            "that reads it, such as --set secret=\"current_setting('jobs.cron_secret')\".\n"
            "Lines are in UTC: SHOW cron.timezone must say GMT or UTC. Look at net._http_response for the "
            "answers."
        )

    def _schedule(self, row: Row, name: str, plan: Plan) -> str:
        return SCHEDULE.format(
            marker=comments.marker(row.entry),
            name=name,
            line=quoted(row.line),
            url=quoted(row.entry.url),
            secret=plan.settings["secret"],
            timeout=whole(plan, "timeout", 3_600_000),
        )


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


exporter = PgCron(
    "pg_cron and pg_net",
    "pg-cron.sql",
    dialect=Dialect(sunday=0),
    settings={
        "prefix": Setting(default="jobs_api", help="what the names of our schedules begin with, in cron.job"),
        "secret": Setting(default=VAULT, help="the SQL expression that reads CRON_SECRET"),
        "timeout": Setting(
            default="30000", help="milliseconds to wait for an answer; the job itself goes on"
        ),
    },
    comment="--",
)
