"""Google Cloud Scheduler by Terraform: a resource per line.

Source: the resource google_cloud_scheduler_job of the provider hashicorp/google.
"""

from __future__ import annotations

import re

from jobs_api.exporters.common.cloud_scheduler import DOUBLINGS, LONGEST_BACKOFF, delivery, description
from jobs_api.exporters.common.comments import commented, head, marker
from jobs_api.exporters.common.exporter import Dialect, Exporter, Setting
from jobs_api.exporters.common.hcl import quoted
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row, rows

LONGEST_NAME = 500
HEAD = """\
variable "cron_secret" {{
  description = "The value of CRON_SECRET: one secret, without Bearer."
  type        = string
  sensitive   = true
}}

variable "region" {{
  description = "The region of the scheduler's jobs."
  type        = string
  default     = {region}
}}
"""
RESOURCE = """
# {marker}
resource "google_cloud_scheduler_job" "{id}" {{
  name             = {name}
  description      = {description}
  region           = var.region
  schedule         = {line}
  time_zone        = {timezone}
  attempt_deadline = "{deadline}s"

  retry_config {{
    retry_count          = {retries}
    min_backoff_duration = "{backoff}s"
    max_backoff_duration = "{longest}s"
    max_doublings        = {doublings}
  }}

  http_target {{
    http_method = "POST"
    uri         = {url}
    headers = {{
      Authorization = "Bearer ${{var.cron_secret}}"
    }}
  }}
}}
"""


class CloudSchedulerTerraform(Exporter):
    """Resources of the provider `google`, which the host's own configuration sets up."""

    def render(self, plan: Plan) -> str:
        start = HEAD.format(region=quoted(plan.settings["region"]))
        named = zip(rows(plan, limit=LONGEST_NAME), rows(plan, limit=LONGEST_NAME, spelled=_id), strict=True)
        resources = [_resource(row, terraform.name) for row, terraform in named]
        return commented(self, head(self, plan)) + start + "".join(resources)

    def how_to_apply(self, plan: Plan) -> str:
        return (
            f"Put it beside your configuration of the provider google as {self.file}, then: terraform apply\n"
            "Give the secret as TF_VAR_cron_secret, from your store of secrets. Terraform's state holds it:"
            " keep that in an encrypted backend."
        )


def _resource(row: Row, terraform_id: str) -> str:
    entry, calls = row.entry, delivery(row.entry)
    return RESOURCE.format(
        marker=marker(entry),
        id=terraform_id,
        name=quoted(row.name),
        description=quoted(description(entry)),
        line=quoted(row.line),
        timezone=quoted(entry.timezone),
        deadline=calls.deadline,
        retries=calls.retries,
        backoff=calls.backoff,
        longest=LONGEST_BACKOFF,
        doublings=DOUBLINGS,
        url=quoted(entry.url),
    )


def _id(name: str) -> str:
    """Terraform's own name: no digit or dash comes first."""
    return name if re.match("[A-Za-z_]", name) else f"job_{name}"


exporter = CloudSchedulerTerraform(
    "Google Cloud Scheduler (Terraform)",
    "cloud_scheduler.tf",
    dialect=Dialect(zones=True),
    settings={"region": Setting(default="europe-west1", help="the region of the scheduler's jobs")},
)
