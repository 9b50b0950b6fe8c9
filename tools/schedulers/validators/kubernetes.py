"""kubernetes-validate knows the schemas of the API: members and types, but not cron lines or zones."""

from tools.schedulers.validating import Validator, complaints, replaced


def check(text: str) -> list[str]:
    """What is wrong with these manifests."""
    return complaints("kubernetes-validate", "--strict", "--quiet", "{file}", text=text, file="jobs.yaml")


validator = Validator(
    title="kubernetes-validate --strict",
    exporters=("kubernetes",),
    check=check,
    broken={
        "a misspelled member": replaced("concurrencyPolicy", "concurrencyPolice"),
        "a number as text": replaced("backoffLimit: 1", "backoffLimit: one"),
        "a member of another kind": replaced("jobTemplate:", "template:"),
        "no schedule": replaced("  schedule:", "  # schedule:"),
    },
    needs=("kubernetes-validate",),
)
