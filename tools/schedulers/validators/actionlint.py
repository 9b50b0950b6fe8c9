"""actionlint reads workflows: keys, cron lines, time zones, expressions."""

from tools.schedulers.validating import Validator, complaints, replaced

WORDS = ("-no-color", "-shellcheck=", "-pyflakes=", "{file}")


def check(text: str) -> list[str]:
    """What is wrong with this workflow."""
    return complaints("actionlint", *WORDS, text=text, file=".github/workflows/jobs.yml")


validator = Validator(
    title="actionlint",
    exporters=("github-actions",),
    check=check,
    broken={
        "a misspelled key": replaced("runs-on:", "run-on:"),
        "a minute of 75": replaced('cron: "15 3', 'cron: "75 3'),
        "an unknown zone": replaced('timezone: "', 'timezone: "Gotham/'),
        "an unknown property": replaced("github.event.schedule", "github.evnt.schedule"),
    },
    needs=("actionlint",),
)
