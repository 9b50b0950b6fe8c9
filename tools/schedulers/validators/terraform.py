"""The syntax of Terraform, by `terraform fmt` where it is installed, which also says how it is laid out."""

from __future__ import annotations

from tools.schedulers.validating import Validator, complaints, replaced


def check(text: str) -> list[str]:
    """What differs from its layout, or why it cannot be read."""
    return complaints("terraform", "fmt", "-check", "-diff", "-no-color", "{file}", text=text, file="main.tf")


validator = Validator(
    title="Cloud Scheduler: terraform fmt",
    exporters=("cloud-scheduler-terraform",),
    check=check,
    needs=("terraform",),
    broken={
        "a block that is not closed": replaced("  retry_config {\n", "  retry_config\n"),
        "a string that is not closed": replaced('http_method = "POST"', 'http_method = "POST'),
        "a template that is not closed": replaced("${var.cron_secret}", "${var.cron_secret"),
        "another layout": replaced("    http_method = ", "    http_method="),
    },
)
