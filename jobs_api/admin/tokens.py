"""Tokens: what each may do, and when it was last used. No secret is stored, and no digest is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs_api import database
from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.orders import Order, Told
from jobs_api.admin.showing import fact
from jobs_api.auth import tokens
from jobs_api.models import Token


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    over = token.expires_at is not None and token.expires_at <= database.guess()
    return "expired" if over else "valid"


def _revoke(token: Token, data: Mapping[str, Any], actor: str) -> Told:
    if tokens.revoke(token.name, at=database.now(), reason=data["reason"]):
        return Told(messages.SUCCESS, "Revoked")
    return Told(messages.WARNING, "It was revoked already: nothing was changed")


class TokenAdmin(ShowingAdmin):
    """Tokens. `manage.py jobs_token create` makes one, as its secret is shown once."""

    list_display = (
        fact("name", lambda token: token.name),
        fact("state", _state),
        fact("scopes", lambda token: ", ".join(map(str, token.scopes))),
        fact("jobs", lambda token: ", ".join(map(str, token.patterns))),
        fact("created at", lambda token: token.created_at),
        fact("expires at", lambda token: token.expires_at),
        fact("last used at", lambda token: token.last_used_at),
        fact("revoked at", lambda token: token.revoked_at),
    )
    list_filter = ()
    orders = (Order("revoke", "Revoke", _revoke),)
    groups: ClassVar = ((None, list_display),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        """Without the digest, which no page needs."""
        return super().get_queryset(request).defer("digest")
