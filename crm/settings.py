"""Settings of this app's schedulers, imported by settings/base.py. The jobs are declared in crm/jobs.py."""

from __future__ import annotations

from importlib.util import find_spec

SCHEDULER_APPS = ["django_crontab"] if find_spec("django_crontab") else []
"""`manage.py crontab add` comes from it; a deployment with another scheduler needs no such package."""

CRONJOBS = [
    ("*/5 * * * *", "crm.cron.log_crm_heartbeat"),
    ("0 */12 * * *", "crm.cron.update_low_stock"),
]
"""For django-crontab. Another scheduler may call the same jobs beside it: each slot runs once."""
