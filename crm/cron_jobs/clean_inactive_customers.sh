#!/bin/sh
# The weekly clean-up, for cron. However often it is called for one Sunday, it runs once.
set -e
cd "$(dirname "$0")/../.."
# cron starts without the web server's variables. With another database than the server's, a slot runs twice:
# so a file that is there, but cannot be read, ends this script.
environment="${JOBS_ENVIRONMENT:-/etc/jobs_api/environment}"
if [ -e "$environment" ]; then set -a; . "$environment"; set +a; fi
exec "${PYTHON:-.venv/bin/python}" manage.py jobs_run cleanup_inactive_customers --source=cron --quiet
