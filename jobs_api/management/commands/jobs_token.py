"""Make, list and revoke tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database as storage
from jobs_api.auth import tokens
from jobs_api.database import alias
from jobs_api.management import base
from jobs_api.models import Token


class Command(base.JobsCommand):
    """manage.py jobs_token create|list|revoke"""

    help = "Make, list and revoke bearer tokens. A secret is shown once, and stored as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and show its secret once")
        create.add_argument("name", help="what to call it in the record")
        create.add_argument(
            "--scope", action="append", choices=tokens.SCOPES, help="may be repeated; trigger if missing"
        )
        create.add_argument(
            "--job", action="append", metavar="GLOB", help="may be repeated; every job if missing"
        )
        create.add_argument("--days", type=float, help="expires after so many days; never if missing")
        listing = verbs.add_parser("list", help="all tokens, without their secrets")
        revoke = verbs.add_parser("revoke", help="refuse it from now on")
        revoke.add_argument("name")
        for verb in (create, listing, revoke):
            super().add_arguments(verb)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        with base.refusals():
            getattr(self, f"_{options['verb']}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        now = storage.now()
        if options["days"] is not None and not 0 < options["days"] < 36500:
            raise CommandError("--days must be above 0, and under a hundred years.")
        expires_at = None if options["days"] is None else now + timedelta(days=options["days"])
        row, secret = tokens.create(
            options["name"],
            scopes=options["scope"] or ["trigger"],
            patterns=options["job"] or ["*"],
            expires_at=expires_at,
            at=now,
        )
        said = {
            "name": row.name,
            "secret": secret,
            "scopes": row.scopes,
            "patterns": row.patterns,
            "expires_at": expires_at,
        }
        self.say(options, said, f"{secret}\n\nThis is shown once. Send it as: Authorization: Bearer {secret}")

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
        said = [dict(zip(headings, line, strict=True)) for line in lines]
        self.say(
            options, said, self.table(headings, lines) if lines else "No tokens; jobs_token create makes one."
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        if not tokens.revoke(options["name"], at=storage.now()):
            raise CommandError(
                f"There is no token {options['name']!r} to revoke; `jobs_token list` names them."
            )
        self.say(options, {"name": options["name"], "revoked": True}, f"{options['name']}: revoked.")
