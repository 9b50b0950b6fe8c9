// Cloudflare Workers: triggers the jobs that are declared in this project's jobs.py files.
// Written by: manage.py jobs_export cloudflare --base-url https://crm.example.com/api
// Do not edit: change the declarations and write it again; --check tells whether it is up to date.
const CALLS = [
  // jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
  { crons: ["45 3 * * *"], url: "https://crm.example.com/api/jobs/archive_job_runs/run?source=cloudflare" },
  // jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
  { crons: ["0 2 * * SUN"], url: "https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=cloudflare" },
  // jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
  { crons: ["0 3 * * *"], url: "https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=cloudflare" },
  // jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
  { crons: ["15 3 * * *"], url: "https://crm.example.com/api/jobs/clear_sessions/run?source=cloudflare" },
  // jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
  { crons: ["*/2 * * * *"], url: "https://crm.example.com/api/jobs/deliver_webhooks/run?source=cloudflare" },
  // jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
  { crons: ["0 6 * * MON"], url: "https://crm.example.com/api/jobs/generate_crm_report/run?source=cloudflare" },
  // jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
  { crons: ["*/5 * * * *"], url: "https://crm.example.com/api/jobs/log_heartbeat/run?source=cloudflare&max_late=300" },
  // jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
  { crons: ["30 4 * * *"], url: "https://crm.example.com/api/jobs/moderate_uploads/run?source=cloudflare" },
  // jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
  { crons: ["0 * * * *"], url: "https://crm.example.com/api/jobs/reconcile_payments/run?source=cloudflare" },
  // jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
  { crons: ["0 7 * * *"], url: "https://crm.example.com/api/jobs/send_daily_digest/run?source=cloudflare" },
  // jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
  { crons: ["0 8 * * *"], url: "https://crm.example.com/api/jobs/send_order_reminders/run?source=cloudflare" },
  // jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
  { crons: ["0 */12 * * *"], url: "https://crm.example.com/api/jobs/update_low_stock/run?source=cloudflare" },
  // jobs_api: {"run_due": true}
  { crons: ["*/5 * * * *"], url: "https://crm.example.com/api/run-due?source=cloudflare" },
];

export default {
  async scheduled(controller, env) {
    const due = CALLS.filter(({ crons }) => crons.includes(controller.cron));
    if (due.length === 0) throw new Error(`No job has the cron line ${controller.cron}`);
    const results = await Promise.allSettled(due.map(({ url }) => post(url, controller, env)));
    const failed = results.filter(({ status }) => status === "rejected");
    if (failed.length > 0) throw new Error(failed.map(({ reason }) => reason.message).join("\n"));
  },
};

async function post(url, controller, env) {
  const response = await fetch(url, {
    method: "POST",
    redirect: "manual", // a redirected POST would become a GET
    headers: {
      Authorization: `Bearer ${env.CRON_SECRET}`,
      "Jobs-Scheduled-At": new Date(controller.scheduledTime).toISOString(),
    },
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${answer.slice(0, 500)}`);
}
