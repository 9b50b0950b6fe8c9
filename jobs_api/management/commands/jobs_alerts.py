"""Incidents and what was told of them: list, show, acknowledge, mute."""

from __future__ import annotations

import argparse
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database, registry
from jobs_api.alerts import acting, background, muting, readers, settings
from jobs_api.alerts.evaluating import evaluate
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.standing import channels
from jobs_api.conf import default_timezone
from jobs_api.database.bounds import elsewhere
from jobs_api.management import base, check_in, failing
from jobs_api.management import incident_facts as told
from jobs_api.management.facts import Facts
from jobs_api.management.tables import moment
from jobs_api.models import Incident
from jobs_api.text.numbers import LARGEST_ID, whole
from jobs_api.triggers.pause_orders import written_end
from jobs_api.triggers.validation import text_of

UNTIL = "a time or a day in TIME_ZONE, a time with an offset, or a duration such as 90m, 2h or 3d"
NONE = 'No channels are configured: incidents are only recorded. See JOBS_API["ALERTS"] in docs/alerts.md.'

RETRIED = "A first failure that is retried soon opens none: manage.py jobs_list"


class Command(base.JobsCommand):
    """manage.py jobs_alerts [VERB]"""

    help = (
        "Incidents: what is wrong, and who was told of it. Without a verb: list those that are open. "
        "Acknowledge one to stop its reminders; mute what is known, until an end."
    )
    examples = (
        "",
        "list --over --job nightly",
        "show 12",
        "ack 12 --reason 'on it'",
        "mute 'report_*' --until 2h --reason 'the database moves'",
        "unmute 'report_*'",
        "channels",
        "evaluate",
        "check-in",
        "check-in --create",
    )
    statuses = {
        1: "no such incident, mute or channel, or it is over, or a monitor refused",
        75: "the database is locked, away or not migrated, or another process\n"
        "      evaluates: try again later",
    }

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", metavar="VERB")
        listed = self._verb(verbs, "list", "list the incidents that are open (default)")
        listed.add_argument("--over", action="store_true", help="those that are over, the newest first")
        listed.add_argument("--job", help="only those of this job")
        listed.add_argument("--kind", choices=KINDS, help="only those of this kind")
        listed.add_argument("--limit", type=int, default=readers.PAGE, help="at most so many (100)")
        shown = self._verb(verbs, "show", "show one, and which channel was told when")
        shown.add_argument("incident", help="its number, as the list prints it")
        acked = self._verb(verbs, "ack", "take one on: no reminders until then", aliases=["acknowledge"])
        acked.add_argument("incident", help="its number, as the list prints it")
        acked.add_argument("--until", help=f"{UNTIL}; without it: until it is over")
        muted = self._verb(verbs, "mute", "tell nobody of jobs, sources or tokens until an end")
        muted.add_argument("--until", required=True, help=UNTIL)
        unmuted = self._verb(verbs, "unmute", "end a mute before its end")
        for each in (muted, unmuted):
            each.add_argument("glob", help="of names, such as 'report_*'; '*' is everything")
            each.add_argument("--kind", choices=KINDS, help="only this kind")
        for each in (acked, muted, unmuted):
            each.add_argument("--reason", default="", help="is stored with it")
        self._verb(verbs, "mutes", "list the mutes that are in force")
        sent = self._verb(verbs, "channels", "how the channels stand; with a name: what it was told")
        sent.add_argument("channel", nargs="?", help="its name in the settings")
        self._verb(verbs, "evaluate", "look for incidents now, and send what is to be told")
        check_in.add_arguments(self._verb(verbs, "check-in", check_in.HELP))

    def _verb(self, verbs: Any, name: str, text: str, **more: Any) -> CommandParser:
        verb: CommandParser = verbs.add_parser(name, help=text, description=text, **more)
        # Without a default, which would take back one that stands before the verb.
        default, text = argparse.SUPPRESS, "print JSON instead of a table"
        verb.add_argument("--json", action="store_true", default=default, help=text)
        return verb

    def handle(self, *args: Any, **options: Any) -> None:
        """Execute the verb."""
        verb = {"acknowledge": "ack", None: "list"}.get(options["verb"], options["verb"])
        with base.refusals():
            getattr(self, f"_{verb.replace('-', '_')}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        at = database.now()
        mutes, limit = list(muting.mutes(at)), max(options.get("limit", readers.PAGE), 1)
        wanted = {"job": options.get("job"), "kind": options.get("kind"), "limit": limit}
        found = readers.incidents(open=not options.get("over"), **wanted)
        rows = [told.row(each, mutes, at) for each in found.rows]
        payload = [told.members(each, mutes, at) for each in found.rows]
        none = "No incident is over." if options.get("over") else "No incident is open."
        more = [f"There are more: --limit {limit * 10}"] if found.next else []
        hint = ["", "One of them: manage.py jobs_alerts show NUMBER"] if rows else [RETRIED]
        hint = [] if options.get("over") and not rows else hint
        table = self.table(told.INCIDENTS, rows, told.DROP) if rows else none
        self.show(options, payload, table, *hint, *more)

    def _show(self, options: dict[str, Any]) -> None:
        at, incident = database.now(), _incident(options["incident"])
        mutes, messages = list(muting.mutes(at)), readers.messages_about(incident)
        rows = list(map(told.message_row, messages))
        payload = told.members(incident, mutes, at)
        payload["messages"] = [dict(zip(told.MESSAGES, row, strict=True)) for row in rows]
        nobody = "No channel was told." if settings.channels() else NONE
        table = self.table(told.MESSAGES, rows, told.DROP_OF_MESSAGES) if rows else nobody
        self.show(options, payload, Facts(list(told.facts(incident, mutes, at))), "", table)

    def _ack(self, options: dict[str, Any]) -> None:
        at, number = database.now(), _incident(options["incident"]).pk
        until = None if options["until"] is None else _end(options["until"], at)
        by = {"actor": base.user(), "comment": options["reason"]}
        done = acting.acknowledge(number, **by, until=until, at=at)
        ends = "until it is over" if until is None else f"until {moment(until)}"
        line = f"{done.kind} of {done.subject}: acknowledged {ends}; no reminders till then."
        self.show(options, told.members(done, list(muting.mutes(at)), at), line)

    def _mute(self, options: dict[str, Any]) -> None:
        at = database.now()
        by = {"kind": options["kind"] or "", "actor": base.user(), "comment": options["reason"]}
        row = acting.mute(options["glob"], until=_end(options["until"], at), **by, at=at)
        hit = [each for each in readers.incidents(open=True).rows if muting.is_muted(each, [row])]
        now = f"{len(hit)} open incident{'s are' if len(hit) != 1 else ' is'} muted by it now"
        payload = dict(zip(told.MUTES, told.mute_row(row), strict=True))
        line = f"Muted: {told.mute_text(row)}; {now}."
        unknown = not hit and not any(fnmatchcase(job.name, row.subject) for job in registry.jobs())
        self.show(options, payload, line, *(["No declared job has such a name."] if unknown else []))

    def _unmute(self, options: dict[str, Any]) -> None:
        at, by = database.now(), {"actor": base.user(), "comment": options["reason"]}
        ended = acting.unmute(options["glob"], kind=options["kind"], **by, at=at)
        payload = [dict(zip(told.MUTES, told.mute_row(row), strict=True)) for row in ended]
        self.show(options, payload, *(f"No longer muted: {told.mute_text(row)}." for row in ended))

    def _mutes(self, options: dict[str, Any]) -> None:
        rows = list(map(told.mute_row, muting.mutes(database.now())))
        payload = [dict(zip(told.MUTES, row, strict=True)) for row in rows]
        table = self.table(told.MUTES, rows, told.DROP_OF_MUTES) if rows else "Nothing is muted."
        self.show(options, payload, table)

    def _channels(self, options: dict[str, Any]) -> None:
        if options["channel"] is not None:
            self._sent(options)
            return
        found = channels(database.now())
        rows = list(map(told.channel_row, found))
        payload = [dict(zip(told.CHANNELS, row, strict=True)) for row in rows]
        table = self.table(told.CHANNELS, rows, ("waiting_since", "error")) if rows else NONE
        said = list(told.channel_remarks(found))
        self.show(options, payload, table, *(["", *said] if said else []))

    def _sent(self, options: dict[str, Any]) -> None:
        name = options["channel"]
        rows = list(map(told.sent_row, readers.messages_to(name)))
        if not rows and name not in settings.channels():
            known = ", ".join(settings.channels()) or "none"
            raise CommandError(f"There is no channel {name!r:.80}. There are: {known}.")
        payload = [dict(zip(told.SENT, row, strict=True)) for row in rows]
        table = self.table(told.SENT, rows, told.DROP_OF_MESSAGES) if rows else "It was told nothing so far."
        self.show(options, payload, table)

    def _evaluate(self, options: dict[str, Any]) -> None:
        done = evaluate(every=background.AT_ONCE)
        if isinstance(done, datetime):
            raise CommandError(
                f"Another process evaluates since {moment(done)}; if it was killed, it is given up after two "
                "minutes.",
                returncode=failing.TEMPORARY,
            )
        with elsewhere():  # channels answer in their own time
            waiting = background.send_last()
        payload = {
            "opened": [each.pk for each in done.opened],
            "closed": [each.pk for each in done.closed],
            "messages": done.messages,
            "waiting": waiting,
        }
        lines = [f"{len(done.opened)} opened, {len(done.closed)} closed, {done.messages} messages ordered."]
        if waiting:
            lines.append(f"Messages still wait for: {', '.join(waiting)}. See manage.py jobs_alerts channels")
        self.show(options, payload, *lines)

    def _check_in(self, options: dict[str, Any]) -> None:
        check_in.handle(self, options)


def _incident(text: str) -> Incident:
    """The incident with that number."""
    found = readers.find(whole(text, LARGEST_ID) or 0)
    if found is None:
        raise CommandError(
            f"There is no incident {text[:60]!r}. `jobs_alerts list` shows those that are open."
        )
    return found


def _end(text: str, at: datetime) -> datetime:
    """The value of `--until`."""
    return written_end(text_of(text, "until"), default_timezone(), at)
