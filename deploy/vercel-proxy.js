// Vercel Cron Jobs: triggers the jobs that are declared in this project's jobs.py files.
// Written by: manage.py jobs_export vercel --base-url https://crm.example.com/api --set write=proxy
// Do not edit: change the declarations and write it again; --check tells whether it is up to date.
// Commit it as api/trigger.js of a Vercel project, beside the vercel.json of write=post.
import { createHash, timingSafeEqual } from "node:crypto";

const CALLS = {
  // jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
  "archive_job_runs": "https://crm.example.com/api/jobs/archive_job_runs/run?source=vercel",
  // jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
  "cleanup_inactive_customers": "https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=vercel",
  // jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
  "cleanup_stale_drafts": "https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=vercel",
  // jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
  "clear_sessions": "https://crm.example.com/api/jobs/clear_sessions/run?source=vercel",
  // jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
  "deliver_webhooks": "https://crm.example.com/api/jobs/deliver_webhooks/run?source=vercel",
  // jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
  "generate_crm_report": "https://crm.example.com/api/jobs/generate_crm_report/run?source=vercel",
  // jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
  "log_heartbeat": "https://crm.example.com/api/jobs/log_heartbeat/run?source=vercel&max_late=300",
  // jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
  "moderate_uploads": "https://crm.example.com/api/jobs/moderate_uploads/run?source=vercel",
  // jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
  "reconcile_payments": "https://crm.example.com/api/jobs/reconcile_payments/run?source=vercel",
  // jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
  "send_daily_digest": "https://crm.example.com/api/jobs/send_daily_digest/run?source=vercel",
  // jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
  "send_order_reminders": "https://crm.example.com/api/jobs/send_order_reminders/run?source=vercel",
  // jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
  "update_low_stock": "https://crm.example.com/api/jobs/update_low_stock/run?source=vercel",
  // jobs_api: {"run_due": true}
  "run-due": "https://crm.example.com/api/run-due?source=vercel",
};

const digest = (text) => createHash("sha256").update(`${text}`).digest();

export default async function handler(request, response) {
  const secret = process.env.CRON_SECRET;
  const sent = digest(request.headers.authorization);
  if (!secret || !timingSafeEqual(sent, digest(`Bearer ${secret}`))) return response.status(401).end();
  const url = Object.hasOwn(CALLS, request.query.job) && CALLS[request.query.job];
  if (!url) return response.status(404).end();
  // A redirected POST would become a GET.
  const answer = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { Authorization: `Bearer ${secret}` },
  });
  return response.status(answer.status || 502).send(await answer.text());
}
