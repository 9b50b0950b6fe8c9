#!/bin/sh
# Google Cloud Scheduler (gcloud): triggers the jobs that are declared in this project's jobs.py files.
# Written by: manage.py jobs_export cloud-scheduler-gcloud --base-url https://crm.example.com/api
# Do not edit: change the declarations and write it again; --check tells whether it is up to date.
# Once, keep CRON_SECRET in Secret Manager as cron-secret: one secret, without Bearer.
# Apply it, and each change: sh cloud-scheduler.sh
# Another region: LOCATION=us-central1 before it. What is no longer declared stays: delete it with
# gcloud scheduler jobs delete NAME.
set -eu
location=${LOCATION:-europe-west1}
secret=${SECRET:-cron-secret}

# The header goes through a file of this user: `ps` and the history of a shell show command lines.
bearer=$(gcloud secrets versions access latest --secret="$secret")
case $bearer in
  '' | *[!A-Za-z0-9._~+/=-]*) echo "The secret $secret does not hold one CRON_SECRET." >&2; exit 1 ;;
esac
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '{"--headers": {"Authorization": "Bearer %s"}}\n' "$bearer" > "$work/create.json"
printf '{"--update-headers": {"Authorization": "Bearer %s"}}\n' "$bearer" > "$work/update.json"

# job NAME FLAGS: create it, or update the one of this name.
job() {
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
  gcloud scheduler jobs "$verb" http "$name" --location="$location" --http-method=post \
    --flags-file="$work/$verb.json" --quiet "$@" > "$work/answer"
  echo "${verb}d  $name"
}

# jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
job archive_job_runs \
  --schedule='45 3 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/archive_job_runs/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Write runs older than the retention to compressed files, then prune them.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
job cleanup_inactive_customers \
  --schedule='0 2 * * SUN' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Delete customers who never ordered, anonymise those who ordered long ago. Orders stay.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
job cleanup_stale_drafts \
  --schedule='0 3 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Delete draft posts that nobody has touched for seven days.' \
  --attempt-deadline=600s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
job clear_sessions \
  --schedule='15 3 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/clear_sessions/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Delete expired sessions.' \
  --attempt-deadline=600s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
job deliver_webhooks \
  --schedule='*/2 * * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/deliver_webhooks/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Send the webhooks that are due, signed; try again later what is not accepted.' \
  --attempt-deadline=120s \
  --max-retry-attempts=1 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
job generate_crm_report \
  --schedule='0 6 * * MON' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/generate_crm_report/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Log how many customers and orders there are and the revenue, and mail it with a chart.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=600s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
job log_heartbeat \
  --schedule='*/5 * * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/log_heartbeat/run?source=cloud-scheduler-gcloud&max_late=300' \
  --description='jobs_api: Query `hello` by GraphQL and add a line to the heartbeat log; fail if the answer is wrong.' \
  --attempt-deadline=30s \
  --max-retry-attempts=1 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
job moderate_uploads \
  --schedule='30 4 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/moderate_uploads/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Approve or reject what customers sent in; what the model is not sure of waits for a person.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
job reconcile_payments \
  --schedule='0 * * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/reconcile_payments/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Compare the orders paid in the hour before the slot with the provider'"'"'s charges.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
job send_daily_digest \
  --schedule='0 7 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/send_daily_digest/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Mail each active staff user the numbers of the day before and what waits for a person.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=600s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
job send_order_reminders \
  --schedule='0 8 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/send_order_reminders/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Remind customers once of orders of the last seven days that are not paid yet.' \
  --attempt-deadline=1800s \
  --max-retry-attempts=3 --min-backoff=600s --max-backoff=3600s --max-doublings=5

# jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
job update_low_stock \
  --schedule='0 */12 * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/jobs/update_low_stock/run?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Give products that are low more stock, through GraphQL, and log each with its new stock.' \
  --attempt-deadline=600s \
  --max-retry-attempts=3 --min-backoff=60s --max-backoff=3600s --max-doublings=5

# jobs_api: {"run_due": true}
job run-due \
  --schedule='*/5 * * * *' --time-zone=UTC \
  --uri='https://crm.example.com/api/run-due?source=cloud-scheduler-gcloud' \
  --description='jobs_api: Start every job that is due, missed or retryable.' \
  --attempt-deadline=180s \
  --max-retry-attempts=0 --min-backoff=5s --max-backoff=3600s --max-doublings=5
