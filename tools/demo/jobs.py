"""The demo's own jobs, on demand only."""

from jobs_api import Job

jobs = [Job("import_prices"), Job("sync_supplier")]
