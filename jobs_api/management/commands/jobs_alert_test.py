"""Send a test message by a channel of alerts, now, and print what came of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import clock
from jobs_api.alerts import checking, delivering, settings
from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.channels import NoChannel, load, shown
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.settings import ChannelConfig
from jobs_api.management import base
from jobs_api.text import visible

HEADINGS = ("channel", "type", "jobs", "tags", "owners", "kinds", "severities", "problem")
DROP = ("severities", "owners", "tags", "kinds", "jobs")
DEFAULT_KINDS = "all but " + " ".join(kind.name for kind in KINDS.values() if not kind.default)
NONE = (
    'No channels: name them in JOBS_API["ALERTS"]["CHANNELS"], such as {"ops": {"TYPE": "mail", "TO": '
    '["ops@example.com"]}}.'
)


class Command(base.JobsCommand):
    """manage.py jobs_alert_test [CHANNEL]"""

    help = (
        "Send a test message by a channel of alerts, now, and say whether it was taken. Without a channel: "
        "list them, each with what it hears of. Uses no database."
    )
    examples = ("", "ops", "ops --json")
    statuses = {0: "the channel has taken the message", 1: "it has not, or there is no such channel"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("channel", nargs="?", help="its name in the settings (default: list them)")

    def handle(self, *args: Any, **options: Any) -> None:
        """List the channels, or test one."""
        channels = settings.channels()
        if options["channel"] is None:
            self._list(channels, options)
            return
        config = channels.get(options["channel"])
        if config is None:
            known = f"There are: {', '.join(channels)}." if channels else NONE
            raise CommandError(f"There is no channel {options['channel']!r:.80}. {known}")
        self._test(config, options)

    def _list(self, channels: dict[str, ChannelConfig], options: dict[str, Any]) -> None:
        lines = [_line(config) for config in channels.values()]
        payload = [dict(zip(HEADINGS, line, strict=True)) for line in lines]
        shown = [[_cell(name, each) for name, each in zip(HEADINGS, line, strict=True)] for line in lines]
        self.show(options, payload, self.table(HEADINGS, shown, DROP) if lines else NONE)

    def _test(self, config: ChannelConfig, options: dict[str, Any]) -> None:
        message = compose_test(config.name, clock.estimate(), id=f"test-{uuid.uuid4()}", actor=base.user())
        began, failed = time.monotonic(), None
        try:
            delivering.send(config.name, message)
        except ChannelError as error:
            failed = error
        took = round((time.monotonic() - began) * 1000)
        payload = {
            "channel": config.name,
            "type": shown(config.type),
            "taken": failed is None,
            "error": "" if failed is None else visible(str(failed)),
            "id": message.id,
            "duration_ms": took,
        }
        said = f"{config.name} ({shown(config.type)}) has taken the test message in {base.duration(took)}."
        if failed is None or options["json"]:
            self.show(options, payload, f"{said} Look whether it has arrived.")
            for text, hint in checking.cautions(config):
                self.stderr.write(visible(f"But {text}. {hint}"))
        if failed is not None:
            text = f"{config.name} ({shown(config.type)}) has not taken the test message: {failed}."
            raise CommandError(f"{text} {_remedy(config)}") from failed


def _line(config: ChannelConfig) -> tuple[Any, ...]:
    filters = (config.jobs, config.tags, config.owners, config.kinds, config.severities)
    problem, _ = _fault(config) or ("", "")
    return (config.name, shown(config.type), *filters, problem)


def _cell(heading: str, value: str | tuple[str, ...]) -> str:
    """What a person reads: a filter that is not set filters nothing."""
    if isinstance(value, str):
        return value
    return " ".join(value) or (DEFAULT_KINDS if heading == "kinds" else "all")


def _remedy(config: ChannelConfig) -> str:
    found = _fault(config)
    if found is not None:
        return found[1]
    wait = "Alerts would wait, and be tried again; docs/alerts.md says what to look at."
    return f"{load(config.type).look_at} {wait}".lstrip()


def _fault(config: ChannelConfig) -> tuple[str, str] | None:
    """What is wrong with its settings, and the remedy."""
    try:
        return next(checking.option_faults(config, load(config.type)), None)
    except NoChannel as error:
        return error.problem, error.hint
