"""Debian's own `crontab -n` reads crontabs without installing them."""

from tools.schedulers.validating import Validator, complaints, replaced


def check(text: str) -> list[str]:
    """What is wrong with this crontab."""
    return complaints("crontab", "-n", "{file}", text=text, file="crontab")


validator = Validator(
    title="crontab -n (Debian)",
    exporters=("crontab", "crontab-cronie", "crontab-busybox", "crontab-supercronic"),
    check=check,
    broken={
        "a minute of 75": replaced("\n15 3 ", "\n75 3 "),
        "four fields": replaced("\n15 3 * * * ", "\n15 3 * * "),
        "no newline at the end": str.rstrip,
    },
    needs=("crontab",),
)
