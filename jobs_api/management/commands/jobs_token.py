"""Create, list and revoke tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database as storage
from jobs_api.auth import tokens
from jobs_api.database import alias
from jobs_api.management import base
from jobs_api.models import Token

DROP = ("created", "jobs", "scopes", "last_used", "expires")
"""Columns of the list that a narrow terminal can do without, the first first."""


class Command(base.JobsCommand):
    """manage.py jobs_token create|list|revoke"""

    help = "Create, list and revoke bearer tokens. A secret is shown once and stored as a hash."
    examples = (
        "create ci --scope trigger --job 'report_*' --days 90",
        "list",
        "revoke ci --reason 'it was in a log'",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="create a token and show its secret once")
        create.add_argument("name", help="the token's name in the records")
        create.add_argument(
            "--scope", action="append", choices=tokens.SCOPES, help="can be repeated (default: trigger)"
        )
        create.add_argument(
            "--job", action="append", metavar="GLOB", help="can be repeated (default: every job)"
        )
        create.add_argument("--days", type=float, help="expires after this many days (default: never)")
        listing = verbs.add_parser("list", help="list all tokens, without their secrets")
        revoke = verbs.add_parser("revoke", help="revoke a token immediately")
        revoke.add_argument("name")
        for verb in (create, revoke):
            verb.add_argument("--reason", default="", help="is stored in the audit")
        for verb in (create, listing, revoke):
            super().add_arguments(verb)

    def handle(self, *args: Any, **options: Any) -> None:
        """Execute the subcommand."""
        with base.refusals():
            getattr(self, f"_{options['verb']}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        now = storage.now()
        if options["days"] is not None and not 0 < options["days"] < 36500:
            raise CommandError("--days must be above 0 and less than a hundred years.")
        expires_at = None if options["days"] is None else now + timedelta(days=options["days"])
        row, secret = tokens.create(
            options["name"],
            scopes=options["scope"] or ["trigger"],
            patterns=options["job"] or ["*"],
            expires_at=expires_at,
            at=now,
            reason=options["reason"],
        )
        payload = {
            "name": row.name,
            "secret": secret,
            "scopes": row.scopes,
            "patterns": row.patterns,
            "expires_at": expires_at,
        }
        self.show(
            options, payload, f"{secret}\n\nThis is shown once. Send it as: Authorization: Bearer {secret}"
        )

    def _list(self, options: dict[str, Any]) -> None:
        headings = ("name", "scopes", "jobs", "created", "expires", "last_used", "revoked")
        lines = [
            (
                row.name,
                " ".join(row.scopes),
                " ".join(row.patterns),
                row.created_at,
                row.expires_at,
                row.last_used_at,
                row.revoked_at,
            )
            for row in Token.objects.using(alias()).order_by("name")
        ]
        payload = [dict(zip(headings, line, strict=True)) for line in lines]
        self.show(
            options,
            payload,
            self.table(headings, lines, DROP) if lines else "No tokens; create one with jobs_token create.",
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        if not tokens.revoke(options["name"], at=storage.now(), reason=options["reason"]):
            raise CommandError(
                f"There is no token {options['name']!r} to revoke; `jobs_token list` lists them."
            )
        self.show(options, {"name": options["name"], "revoked": True}, f"{options['name']}: revoked.")
