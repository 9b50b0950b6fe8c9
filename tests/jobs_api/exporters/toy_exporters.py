"""Exporters of platforms that do not exist, to try what holds for all."""

from __future__ import annotations

from jobs_api.exporters.common.comments import commented, head, marker
from jobs_api.exporters.common.exporter import COMMAND, HTTP, Dialect, Exporter, Setting
from jobs_api.exporters.common.plan import Plan


class Toy(Exporter):
    """A platform whose file has a line for each call."""

    def render(self, plan: Plan) -> str:
        parts = [commented(self, head(self, plan))]
        for entry in plan.entries:
            call = entry.url if plan.form == HTTP else " ".join(entry.command)
            parts.append(commented(self, [marker(entry)]))
            parts += [f"{line} {call} Bearer $CRON_SECRET {plan.settings}\n" for line in entry.lines]
        return "".join(parts)

    def how_to_apply(self, plan: Plan) -> str:
        return "Hand it to the toy."


def toy_exporter(**dialect: object) -> Toy:
    """A toy of this dialect."""
    return Toy(
        "Toy",
        "toy.txt",
        forms=(HTTP, COMMAND),
        dialect=Dialect(**dialect),  # type: ignore[arg-type]
        settings={"directory": Setting(default="/srv/app", help="where the project is")},
    )
