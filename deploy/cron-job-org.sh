#!/bin/sh
# cron-job.org: triggers the jobs that are declared in this project's jobs.py files.
# Written by: manage.py jobs_export cron-job-org --base-url https://crm.example.com/api
# Do not edit: change the declarations and write it again; --check tells whether it is up to date.
# Apply it with: sh cron-job-org.sh. It makes the jobs, or updates those of the same titles.
# Once: /etc/jobs/cron-job-org-key with the API key in one line, /etc/jobs/cron-secret with
# CRON_SECRET, both mode 600.
# The service gives up after 30 s, and disables a job that fails again and again: give a longer job a
# background executor, so that the answer is 202.

set -eu
api=${API_URL:-https://api.cron-job.org}
secret_file=${CRON_SECRET_FILE:-/etc/jobs/cron-secret}
key_file=${API_KEY_FILE:-/etc/jobs/cron-job-org-key}
pause=${PAUSE:-13}

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
printf 'Authorization: Bearer %s\nContent-Type: application/json\n' "$value" > "$work/headers"
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

request GET "/jobs" < /dev/null > "$work/list"
# The schedules of the account, one a line: id, tab, name.
python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
for one in found if isinstance(found, list) else found["jobs"]:
    print(one["jobId"], " ".join(str(one["title"]).split()), sep="\t")
' "$work/list" > "$work/known"

# put NAME: update the schedule of this name, or make it; the body is standard input.
put() {
  echo "$1" >> "$work/names"
  id=$(awk -F '\t' -v name="$1" '$2 == name { print $1; exit }' "$work/known")
  if [ -n "$id" ]; then
    request PATCH "/jobs/$id" > "$work/answer"
    echo "updated  $1"
  else
    request PUT "/jobs" > "$work/answer"
    echo "created  $1"
    sleep "$pause"
  fi
}

# jobs_api: {"name": "archive_job_runs", "command": "jobs_prune", "args": ["--archive", "/srv/app/var/archive"], "schedule": "45 3 * * *", "timezone": "UTC", "timeout": 7200, "description": "Write runs older than the retention to compressed files, then prune them.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/archive-job-runs", "tags": ["clean-up"]}
# 45 3 * * * (UTC)
put 'jobs_api.archive_job_runs' << END
{
  "job": {
    "title": "jobs_api.archive_job_runs",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/archive_job_runs/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [45],
      "hours": [3],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "cleanup_inactive_customers", "schedule": "0 2 * * 0", "timezone": "UTC", "catch_up_window": 518400, "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/cleanup-inactive-customers", "tags": ["clean-up", "customers"]}
# 0 2 * * 0 (UTC)
put 'jobs_api.cleanup_inactive_customers' << END
{
  "job": {
    "title": "jobs_api.cleanup_inactive_customers",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/cleanup_inactive_customers/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [2],
      "mdays": [-1],
      "months": [-1],
      "wdays": [0]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "cleanup_stale_drafts", "schedule": "0 3 * * *", "timezone": "UTC", "timeout": 600, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/cleanup-stale-drafts", "tags": ["clean-up", "orders"]}
# 0 3 * * * (UTC)
put 'jobs_api.cleanup_stale_drafts' << END
{
  "job": {
    "title": "jobs_api.cleanup_stale_drafts",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/cleanup_stale_drafts/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [3],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "clear_sessions", "command": "clearsessions", "schedule": "15 3 * * *", "timezone": "UTC", "timeout": 600, "description": "Delete expired sessions.", "owner": "Operations", "runbook": "https://crm.example.com/runbooks/clear-sessions", "tags": ["clean-up"]}
# 15 3 * * * (UTC)
put 'jobs_api.clear_sessions' << END
{
  "job": {
    "title": "jobs_api.clear_sessions",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/clear_sessions/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [15],
      "hours": [3],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "deliver_webhooks", "schedule": "*/2 * * * *", "timezone": "UTC", "timeout": 120, "max_attempts": 1, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/deliver-webhooks", "tags": ["webhooks"]}
# */2 * * * * (UTC)
put 'jobs_api.deliver_webhooks' << END
{
  "job": {
    "title": "jobs_api.deliver_webhooks",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/deliver_webhooks/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58],
      "hours": [-1],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "generate_crm_report", "schedule": "0 6 * * 1", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "catch_up_window": 518400, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/generate-crm-report", "tags": ["reports"]}
# 0 6 * * 1 (UTC)
put 'jobs_api.generate_crm_report' << END
{
  "job": {
    "title": "jobs_api.generate_crm_report",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/generate_crm_report/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [6],
      "mdays": [-1],
      "months": [-1],
      "wdays": [1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "log_heartbeat", "schedule": "*/5 * * * *", "timezone": "UTC", "timeout": 30, "max_attempts": 1, "catch_up": "none", "expires": 300, "grace": 300, "owner": "Operations", "runbook": "https://crm.example.com/runbooks/log-heartbeat", "tags": ["monitoring"]}
# */5 * * * * (UTC)
put 'jobs_api.log_heartbeat' << END
{
  "job": {
    "title": "jobs_api.log_heartbeat",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/log_heartbeat/run?source=cron-job-org&max_late=300",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55],
      "hours": [-1],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "moderate_uploads", "schedule": "30 4 * * *", "timezone": "UTC", "owner": "Customer care", "runbook": "https://crm.example.com/runbooks/moderate-uploads", "tags": ["customers"]}
# 30 4 * * * (UTC)
put 'jobs_api.moderate_uploads' << END
{
  "job": {
    "title": "jobs_api.moderate_uploads",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/moderate_uploads/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [30],
      "hours": [4],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "reconcile_payments", "schedule": "0 * * * *", "timezone": "UTC", "catch_up": "all", "catch_up_window": 604800, "owner": "Finance", "runbook": "https://crm.example.com/runbooks/reconcile-payments", "tags": ["money"]}
# 0 * * * * (UTC)
put 'jobs_api.reconcile_payments' << END
{
  "job": {
    "title": "jobs_api.reconcile_payments",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/reconcile_payments/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [-1],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "send_daily_digest", "schedule": "0 7 * * *", "timezone": "UTC", "timeout": 1800, "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-daily-digest", "tags": ["mail", "reports"]}
# 0 7 * * * (UTC)
put 'jobs_api.send_daily_digest' << END
{
  "job": {
    "title": "jobs_api.send_daily_digest",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/send_daily_digest/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [7],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "send_order_reminders", "schedule": "0 8 * * *", "timezone": "UTC", "retry_backoff": 600, "expires": 43200, "owner": "Sales", "runbook": "https://crm.example.com/runbooks/send-order-reminders", "tags": ["mail", "orders"]}
# 0 8 * * * (UTC)
put 'jobs_api.send_order_reminders' << END
{
  "job": {
    "title": "jobs_api.send_order_reminders",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/send_order_reminders/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [8],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"name": "update_low_stock", "schedule": "0 */12 * * *", "timezone": "UTC", "timeout": 600, "owner": "Warehouse", "runbook": "https://crm.example.com/runbooks/update-low-stock", "tags": ["orders"]}
# 0 */12 * * * (UTC)
put 'jobs_api.update_low_stock' << END
{
  "job": {
    "title": "jobs_api.update_low_stock",
    "enabled": true,
    "url": "https://crm.example.com/api/jobs/update_low_stock/run?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0],
      "hours": [0, 12],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

# jobs_api: {"run_due": true}
# */5 * * * * (UTC)
put 'jobs_api.run-due' << END
{
  "job": {
    "title": "jobs_api.run-due",
    "enabled": true,
    "url": "https://crm.example.com/api/run-due?source=cron-job-org",
    "requestMethod": 1,
    "requestTimeout": 30,
    "saveResponses": true,
    "schedule": {
      "timezone": "UTC",
      "minutes": [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55],
      "hours": [-1],
      "mdays": [-1],
      "months": [-1],
      "wdays": [-1]
    },
    "notification": {
      "onFailure": true,
      "onSuccess": true,
      "onDisable": true
    },
    "extendedData": {
      "headers": {
        "Authorization": "$bearer"
      },
      "body": ""
    }
  }
}
END

awk -F '\t' '
  NR == FNR { declared[$1]; next }
  index($2, "jobs_api.") == 1 && !($2 in declared) { print "no longer declared, remove it: " $2 }
' "$work/names" "$work/known"
