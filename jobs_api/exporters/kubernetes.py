"""Kubernetes: a CronJob for each cron line, with curl or with the image of the app.

Source: kubernetes.io/docs/concepts/workloads/controllers/cron-jobs and the API reference of batch/v1, of
2026. A name has at most 52 characters. The scheduled time is an annotation of the Job (since 1.32), and
the downward API shows a pod its own annotations only. But the controller names each Job after its CronJob
and the minutes from 1970 to the scheduled time, and a pod has that name as a label: the curl form reads
it, and takes it only if it lies in the last day, so that a Job that somebody made by hand never means an
old slot.
"""

from __future__ import annotations

import json
from shlex import quote

from jobs_api.exporters.common import comments
from jobs_api.exporters.common.curl import from_headers
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Entry, Plan
from jobs_api.exporters.common.rows import Row, dns_name, rows
from jobs_api.exporters.common.unix import MARGIN, patience
from jobs_api.exporters.common.values import word

LONGEST = 52
LATEST_START = 3600
"""Seconds. The controller gives up where it finds more than 100 missed starts in this time; a pod of each
minute has 60."""
RESTRICTED = """\
securityContext:
  runAsNonRoot: true
  runAsUser: 100
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
"""
"""What the "restricted" Pod Security Standard asks for; 100 is the user in curl's own image."""
CALL = """\
{{
  printf 'Authorization: Bearer %s\\n' "$CRON_SECRET"
  minutes=${{JOB_NAME##*-}} now=$(($(date +%s) / 60))
  case $minutes in
    [1-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9])
      if [ "$minutes" -le "$now" ] && [ "$minutes" -gt $((now - 1440)) ]; then
        date -u -d "@$((minutes * 60))" '+Jobs-Scheduled-At: %Y-%m-%dT%H:%M:%SZ'
      fi ;;
  esac
}} | {curl}
"""
MANIFEST = """\
---
# {marker}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  labels: {{app.kubernetes.io/managed-by: jobs-api}}
spec:
  schedule: {schedule}
  timeZone: {zone}
  concurrencyPolicy: {policy}
  startingDeadlineSeconds: {late}
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 1 # for a pod that was evicted; jobs_api itself decides when a failed job is due again
      activeDeadlineSeconds: {deadline}
      template:
        spec:
          restartPolicy: Never
{pod}          containers:
            - name: call
{container}"""


class Kubernetes(Exporter):
    """YAML documents."""

    def render(self, plan: Plan) -> str:
        head = comments.commented(self, comments.head(self, plan))
        names = rows(plan, limit=LONGEST, spelled=lambda name: dns_name(word(plan, "prefix") + name))
        return head + "".join(self._manifest(row, plan) for row in names)

    def how_to_apply(self, plan: Plan) -> str:
        name, key = plan.settings["secret"], plan.settings["key"]
        text = "Apply it with: kubectl apply --filename kubernetes.yaml\n"
        create = f"  kubectl create secret generic {quote(name)}"
        if plan.form == COMMAND:
            text += f"The Secret {name} is the environment of the app, DATABASE_URL among it.\n"
            text += "Once, from a file of lines NAME=value without quotes:\n"
            return f"{text}{create} --from-env-file=FILE"
        text += f"The Secret {name} holds CRON_SECRET as {key}. No pod starts without it. Once:\n"
        return f'{text}{create} --from-literal={quote(key)}="$CRON_SECRET"'

    def _manifest(self, row: Row, plan: Plan) -> str:
        entry = row.entry
        late = LATEST_START if entry.max_late is None else min(max(entry.max_late, MARGIN), LATEST_START)
        return MANIFEST.format(
            marker=comments.marker(entry),
            name=row.name,
            schedule=json.dumps(row.line),
            zone=json.dumps(entry.timezone),
            policy="Allow" if entry.job and not entry.job.exclusive else "Forbid",
            late=late,
            deadline=patience(entry) + 2 * MARGIN,
            pod="" if plan.form == COMMAND else "          automountServiceAccountToken: false\n",
            container=self._app(entry, plan) if plan.form == COMMAND else self._curl(entry, plan),
        )

    def _app(self, entry: Entry, plan: Plan) -> str:
        words = json.dumps([*plan.settings["python"].split(), "manage.py", *entry.command])
        image, secret = json.dumps(plan.settings["image"]), json.dumps(plan.settings["secret"])
        return _indented(f"image: {image}\ncommand: {words}\nenvFrom:\n  - secretRef: {{name: {secret}}}\n")

    def _curl(self, entry: Entry, plan: Plan) -> str:
        image, secret, key = (json.dumps(plan.settings[name]) for name in ("curl_image", "secret", "key"))
        script = CALL.format(curl=from_headers(entry))
        return _indented(
            f"image: {image}\n{RESTRICTED}command: [sh, -c]\nargs:\n  - |\n{_indented(script, 4)}env:\n"
            f"  - name: CRON_SECRET\n    valueFrom:\n      secretKeyRef: {{name: {secret}, key: {key}}}\n"
            "  - name: JOB_NAME\n    valueFrom:\n      fieldRef:\n"
            "        fieldPath: metadata.labels['batch.kubernetes.io/job-name']\n"
        )


def _indented(text: str, by: int = 14) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


exporter = Kubernetes(
    "Kubernetes",
    "kubernetes.yaml",
    forms=(HTTP, COMMAND),
    dialect=Dialect(zones=True),
    settings={
        "prefix": Setting(default="jobs-", help="what the names of the CronJobs begin with"),
        "secret": Setting(default="jobs", help="the Secret"),
        "key": Setting(default="cron-secret", help="the key of CRON_SECRET in it"),
        "curl_image": Setting(
            default="curlimages/curl:8.11.1", help="the image of the curl form; it has a shell"
        ),
        "image": Setting(
            default="registry.example.com/app:latest", help="the image of the app, for the manage.py form"
        ),
        "python": Setting(default="python", help="how that image calls Python"),
    },
)
