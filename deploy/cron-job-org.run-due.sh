#!/bin/sh
# cron-job.org: triggers the jobs that are declared in this project's jobs.py files.
# Written by: manage.py jobs_export cron-job-org --base-url https://crm.example.com/api --run-due-alone
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
