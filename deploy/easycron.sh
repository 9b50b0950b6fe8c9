#!/bin/sh
# EasyCron: triggers the jobs that are declared in this project's jobs.py files.
# Written by: manage.py jobs_export easycron --base-url https://crm.example.com/api
# Do not edit: change the declarations and write it again; --check tells whether it is up to date.
# Apply it with: sh easycron.sh. It makes the jobs, or updates those of the same names.
# Once: /etc/jobs/easycron-key with the API key in one line, /etc/jobs/cron-secret with CRON_SECRET,
# both mode 600.
# How long it waits depends on the plan: give a longer job a background executor.

set -eu
api=${API_URL:-https://api.easycron.com/v1}
secret_file=${CRON_SECRET_FILE:-/etc/jobs/cron-secret}
key_file=${API_KEY_FILE:-/etc/jobs/easycron-key}
pause=${PAUSE:-0}

# Read one line that holds nothing that JSON or a header would take for more than text.
read_secret() {
  value=$(head -n 1 "$1")
  case $value in
    '' | *[!A-Za-z0-9._~+/=-]*)
      echo "$1: its first line is not one secret of letters, digits and . _ ~ + / = -" >&2
      exit 1
      ;;
  esac
}

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read_secret "$key_file"
printf 'X-API-Key: %s\nContent-Type: application/json\n' "$value" > "$work/headers"
read_secret "$secret_file"
bearer="Bearer $value"
: > "$work/names"

# request METHOD PATH [OPTION...]: the body is standard input.
request() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --max-time 60 --request "$method" \
    --header @"$work/headers" "$@" --data-binary @- "$api$path"
}

request GET "/cron-jobs?page_size=500" < /dev/null > "$work/list"
# The schedules of the account, one a line: id, tab, name.
python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
for one in found if isinstance(found, list) else found["cron_jobs"]:
    print(one["cron_job_id"], " ".join(str(one["cron_job_name"]).split()), sep="\t")
' "$work/list" > "$work/known"

# put NAME: update the schedule of this name, or make it; the body is standard input.
put() {
  echo "$1" >> "$work/names"
  id=$(awk -F '\t' -v name="$1" '$2 == name { print $1; exit }' "$work/known")
  if [ -n "$id" ]; then
    request PATCH "/cron-jobs/$id" > "$work/answer"
    echo "updated  $1"
  else
    request POST "/cron-jobs" > "$work/answer"
    echo "created  $1"
    sleep "$pause"
  fi
}

# jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
put 'jobs_api.archive_job_runs' << END
{
  "cron_job_name": "jobs_api.archive_job_runs",
  "url": "https://crm.example.com/api/jobs/archive_job_runs/run?source=easycron",
  "cron_expression": "45 3 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
put 'jobs_api.cleanup_inactive_customers' << END
{
  "cron_job_name": "jobs_api.cleanup_inactive_customers",
  "url": "https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=easycron",
  "cron_expression": "0 2 * * 0",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
put 'jobs_api.cleanup_stale_drafts' << END
{
  "cron_job_name": "jobs_api.cleanup_stale_drafts",
  "url": "https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=easycron",
  "cron_expression": "0 3 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
put 'jobs_api.clear_sessions' << END
{
  "cron_job_name": "jobs_api.clear_sessions",
  "url": "https://crm.example.com/api/jobs/clear_sessions/run?source=easycron",
  "cron_expression": "15 3 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
put 'jobs_api.deliver_webhooks' << END
{
  "cron_job_name": "jobs_api.deliver_webhooks",
  "url": "https://crm.example.com/api/jobs/deliver_webhooks/run?source=easycron",
  "cron_expression": "*/2 * * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
put 'jobs_api.generate_crm_report' << END
{
  "cron_job_name": "jobs_api.generate_crm_report",
  "url": "https://crm.example.com/api/jobs/generate_crm_report/run?source=easycron",
  "cron_expression": "0 6 * * 1",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
put 'jobs_api.log_heartbeat' << END
{
  "cron_job_name": "jobs_api.log_heartbeat",
  "url": "https://crm.example.com/api/jobs/log_heartbeat/run?source=easycron&max_late=300",
  "cron_expression": "*/5 * * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
put 'jobs_api.moderate_uploads' << END
{
  "cron_job_name": "jobs_api.moderate_uploads",
  "url": "https://crm.example.com/api/jobs/moderate_uploads/run?source=easycron",
  "cron_expression": "30 4 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
put 'jobs_api.reconcile_payments' << END
{
  "cron_job_name": "jobs_api.reconcile_payments",
  "url": "https://crm.example.com/api/jobs/reconcile_payments/run?source=easycron",
  "cron_expression": "0 * * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
put 'jobs_api.send_daily_digest' << END
{
  "cron_job_name": "jobs_api.send_daily_digest",
  "url": "https://crm.example.com/api/jobs/send_daily_digest/run?source=easycron",
  "cron_expression": "0 7 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
put 'jobs_api.send_order_reminders' << END
{
  "cron_job_name": "jobs_api.send_order_reminders",
  "url": "https://crm.example.com/api/jobs/send_order_reminders/run?source=easycron",
  "cron_expression": "0 8 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
put 'jobs_api.update_low_stock' << END
{
  "cron_job_name": "jobs_api.update_low_stock",
  "url": "https://crm.example.com/api/jobs/update_low_stock/run?source=easycron",
  "cron_expression": "0 */12 * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

# jobs_api: {"run_due": true}
put 'jobs_api.run-due' << END
{
  "cron_job_name": "jobs_api.run-due",
  "url": "https://crm.example.com/api/run-due?source=easycron",
  "cron_expression": "*/5 * * * *",
  "timezone_from": 2,
  "timezone": "UTC",
  "http_method": "POST",
  "http_headers": "Authorization: $bearer",
  "http_message_body": "",
  "success_criterion": 1,
  "status": 1
}
END

awk -F '\t' '
  NR == FNR { declared[$1]; next }
  index($2, "jobs_api.") == 1 && !($2 in declared) { print "no longer declared, remove it: " $2 }
' "$work/names" "$work/known"
