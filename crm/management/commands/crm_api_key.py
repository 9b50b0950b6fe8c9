"""Create, list and revoke API keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm import api_keys
from crm.models import ApiKey


class Command(BaseCommand):
    """manage.py crm_api_key create|list|revoke"""

    help = "Create, list and revoke API keys for GraphQL. A key is shown once, and stored as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
        create = verbs.add_parser("create", help="create a key and show it once")
        create.add_argument("--user", required=True, metavar="NAME", help="whose permissions it has")
        create.add_argument("--name", required=True, metavar="TEXT", help="what it is for")
        create.add_argument("--days", type=float, metavar="N", help="expires after so many; never if missing")
        verbs.add_parser("list", help="all keys, with their numbers but not the keys themselves")
        revoke = verbs.add_parser("revoke", help="refuse it from now on")
        revoke.add_argument("id", type=int, metavar="ID", help="its number in the list")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        getattr(self, f"_{options['verb']}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        now, days = timezone.now(), options["days"]
        if days is not None and not 0 < days < 36500:
            raise CommandError("--days must be above 0, and under a hundred years.")
        expires_at = None if days is None else now + timedelta(days=days)
        user = _active_user(options["user"])
        try:
            row, key = api_keys.create(user, options["name"], expires_at=expires_at, now=now)
        except ValidationError as error:
            raise CommandError(f"--name: {' '.join(error.messages)}") from error
        self.stdout.write(f"{key}\n\nKey {row.pk}. It is shown once. Send it as: Authorization: Bearer {key}")

    def _list(self, options: dict[str, Any]) -> None:
        rows = ApiKey.objects.select_related("user").order_by("pk")
        for row in rows:
            self.stdout.write(_line(row))
        if not rows:
            self.stdout.write("No keys; crm_api_key create makes one.")

    def _revoke(self, options: dict[str, Any]) -> None:
        if not api_keys.revoke(options["id"], now=timezone.now()):
            raise CommandError(f"There is no key {options['id']} to revoke; `crm_api_key list` shows them.")
        self.stdout.write(f"Key {options['id']}: revoked.")


def _active_user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name!r}; the admin and `createsuperuser` make one.")
    if not user.is_active:
        raise CommandError(f"The user {name!r} is switched off; set it active first, or take another.")
    return user


def _line(row: ApiKey) -> str:
    times = {"made": row.created_at, "expires": row.expires_at, "last used": row.last_used_at}
    told = [f"{what} {f'{when:%Y-%m-%d %H:%M}' if when else 'never'}" for what, when in times.items()]
    if row.revoked_at:
        told.append(f"revoked {row.revoked_at:%Y-%m-%d %H:%M}")
    return f"{row.pk}  {row.user.get_username()}  {row.name!r}  {', '.join(told)}"
