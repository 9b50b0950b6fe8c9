# Google Cloud Scheduler (Terraform): triggers the jobs that are declared in this project's jobs.py files.
# Written by: manage.py jobs_export cloud-scheduler-terraform --base-url https://crm.example.com/api
# Do not edit: change the declarations and write it again; --check tells whether it is up to date.
# Put it beside your configuration of the provider google as cloud_scheduler.tf, then: terraform apply
# Give the secret as TF_VAR_cron_secret, from your store of secrets. Terraform's state holds it: keep
# that in an encrypted backend.
variable "cron_secret" {
  description = "The value of CRON_SECRET: one secret, without Bearer."
  type        = string
  sensitive   = true
}

variable "region" {
  description = "The region of the scheduler's jobs."
  type        = string
  default     = "europe-west1"
}

# jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
resource "google_cloud_scheduler_job" "archive_job_runs" {
  name             = "archive_job_runs"
  description      = "jobs_api: Write runs older than the retention to compressed files, then prune them."
  region           = var.region
  schedule         = "45 3 * * *"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/archive_job_runs/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
resource "google_cloud_scheduler_job" "cleanup_inactive_customers" {
  name             = "cleanup_inactive_customers"
  description      = "jobs_api: Delete customers who never ordered, anonymise those who ordered long ago. Orders stay."
  region           = var.region
  schedule         = "0 2 * * SUN"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
resource "google_cloud_scheduler_job" "cleanup_stale_drafts" {
  name             = "cleanup_stale_drafts"
  description      = "jobs_api: Delete draft posts that nobody has touched for seven days."
  region           = var.region
  schedule         = "0 3 * * *"
  time_zone        = "UTC"
  attempt_deadline = "600s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
resource "google_cloud_scheduler_job" "clear_sessions" {
  name             = "clear_sessions"
  description      = "jobs_api: Delete expired sessions."
  region           = var.region
  schedule         = "15 3 * * *"
  time_zone        = "UTC"
  attempt_deadline = "600s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/clear_sessions/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
resource "google_cloud_scheduler_job" "deliver_webhooks" {
  name             = "deliver_webhooks"
  description      = "jobs_api: Send the webhooks that are due, signed; try again later what is not accepted."
  region           = var.region
  schedule         = "*/2 * * * *"
  time_zone        = "UTC"
  attempt_deadline = "120s"

  retry_config {
    retry_count          = 1
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/deliver_webhooks/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
resource "google_cloud_scheduler_job" "generate_crm_report" {
  name             = "generate_crm_report"
  description      = "jobs_api: Log how many customers and orders there are and the revenue, and mail it with a chart."
  region           = var.region
  schedule         = "0 6 * * MON"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "600s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/generate_crm_report/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
resource "google_cloud_scheduler_job" "log_heartbeat" {
  name             = "log_heartbeat"
  description      = "jobs_api: Query `hello` by GraphQL and add a line to the heartbeat log; fail if the answer is wrong."
  region           = var.region
  schedule         = "*/5 * * * *"
  time_zone        = "UTC"
  attempt_deadline = "30s"

  retry_config {
    retry_count          = 1
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/log_heartbeat/run?source=cloud-scheduler-terraform&max_late=300"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
resource "google_cloud_scheduler_job" "moderate_uploads" {
  name             = "moderate_uploads"
  description      = "jobs_api: Approve or reject what customers sent in; what the model is not sure of waits for a person."
  region           = var.region
  schedule         = "30 4 * * *"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/moderate_uploads/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
resource "google_cloud_scheduler_job" "reconcile_payments" {
  name             = "reconcile_payments"
  description      = "jobs_api: Compare the orders paid in the hour before the slot with the provider's charges."
  region           = var.region
  schedule         = "0 * * * *"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/reconcile_payments/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
resource "google_cloud_scheduler_job" "send_daily_digest" {
  name             = "send_daily_digest"
  description      = "jobs_api: Mail each active staff user the numbers of the day before and what waits for a person."
  region           = var.region
  schedule         = "0 7 * * *"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "600s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/send_daily_digest/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
resource "google_cloud_scheduler_job" "send_order_reminders" {
  name             = "send_order_reminders"
  description      = "jobs_api: Remind customers once of orders of the last seven days that are not paid yet."
  region           = var.region
  schedule         = "0 8 * * *"
  time_zone        = "UTC"
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "600s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/send_order_reminders/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
resource "google_cloud_scheduler_job" "update_low_stock" {
  name             = "update_low_stock"
  description      = "jobs_api: Give products that are low more stock, through GraphQL, and log each with its new stock."
  region           = var.region
  schedule         = "0 */12 * * *"
  time_zone        = "UTC"
  attempt_deadline = "600s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/jobs/update_low_stock/run?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}

# jobs_api: {"run_due": true}
resource "google_cloud_scheduler_job" "run-due" {
  name             = "run-due"
  description      = "jobs_api: Start every job that is due, missed or retryable."
  region           = var.region
  schedule         = "*/5 * * * *"
  time_zone        = "UTC"
  attempt_deadline = "180s"

  retry_config {
    retry_count          = 0
    min_backoff_duration = "5s"
    max_backoff_duration = "3600s"
    max_doublings        = 5
  }

  http_target {
    http_method = "POST"
    uri         = "https://crm.example.com/api/run-due?source=cloud-scheduler-terraform"
    headers = {
      Authorization = "Bearer ${var.cron_secret}"
    }
  }
}
