#!/bin/sh
# The weekly clean-up, for a crontab (customer_cleanup_crontab.txt). Each call for one Sunday runs it once.
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-.venv/bin/python}" manage.py jobs_run cleanup_inactive_customers --source=cron
