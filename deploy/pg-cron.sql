-- pg_cron and pg_net: triggers the jobs that are declared in this project's jobs.py files.
-- Written by: manage.py jobs_export pg-cron --base-url https://crm.example.com/api
-- Do not edit: change the declarations and write it again; --check tells whether it is up to date.
-- Apply it with: psql --file pg-cron.sql, in the database that has the extensions pg_cron and pg_net.
-- Store the secret once: SELECT vault.create_secret('...', 'cron_secret'). Without the vault, give the
-- SQL that reads it, such as --set secret="current_setting('jobs.cron_secret')".
-- Lines are in UTC: SHOW cron.timezone must say GMT or UTC. Look at net._http_response for the
-- answers.

BEGIN;

-- jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
SELECT cron.schedule('jobs_api.archive_job_runs', '45 3 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/archive_job_runs/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
SELECT cron.schedule('jobs_api.cleanup_inactive_customers', '0 2 * * 0', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
SELECT cron.schedule('jobs_api.cleanup_stale_drafts', '0 3 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
SELECT cron.schedule('jobs_api.clear_sessions', '15 3 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/clear_sessions/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
SELECT cron.schedule('jobs_api.deliver_webhooks', '*/2 * * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/deliver_webhooks/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
SELECT cron.schedule('jobs_api.generate_crm_report', '0 6 * * 1', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/generate_crm_report/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
SELECT cron.schedule('jobs_api.log_heartbeat', '*/5 * * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/log_heartbeat/run?source=pg-cron&max_late=300',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
SELECT cron.schedule('jobs_api.moderate_uploads', '30 4 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/moderate_uploads/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
SELECT cron.schedule('jobs_api.reconcile_payments', '0 * * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/reconcile_payments/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
SELECT cron.schedule('jobs_api.send_daily_digest', '0 7 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/send_daily_digest/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
SELECT cron.schedule('jobs_api.send_order_reminders', '0 8 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/send_order_reminders/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
SELECT cron.schedule('jobs_api.update_low_stock', '0 */12 * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/jobs/update_low_stock/run?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- jobs_api: {"run_due": true}
SELECT cron.schedule('jobs_api.run-due', '*/5 * * * *', $job$
  SELECT net.http_post(
    url := 'https://crm.example.com/api/run-due?source=pg-cron',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'cron_secret'),
      'Jobs-Scheduled-At', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:"00Z"')
    ),
    timeout_milliseconds := 30000
  )
$job$);

-- Those that are no longer declared; remove each with: SELECT cron.unschedule('name');
SELECT jobname AS no_longer_declared FROM cron.job
WHERE starts_with(jobname, 'jobs_api.')
  AND jobname NOT IN (
    'jobs_api.archive_job_runs',
    'jobs_api.cleanup_inactive_customers',
    'jobs_api.cleanup_stale_drafts',
    'jobs_api.clear_sessions',
    'jobs_api.deliver_webhooks',
    'jobs_api.generate_crm_report',
    'jobs_api.log_heartbeat',
    'jobs_api.moderate_uploads',
    'jobs_api.reconcile_payments',
    'jobs_api.send_daily_digest',
    'jobs_api.send_order_reminders',
    'jobs_api.update_low_stock',
    'jobs_api.run-due'
  );

COMMIT;
