"""Who may do what in GraphQL: Django's permissions, asked of whoever sent the document."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from crm import conf


def require(info: Any, *permissions: str) -> None:
    """Go on only with all of them, such as ``crm.add_customer``.

    Raises:
        GraphQLError: says whether to log in or which permission is missing.
    """
    user = getattr(info.context, "user", None)
    if user is None or not user.is_authenticated:
        raise GraphQLError("Log in, or send an API key as `Authorization: Bearer ...`.")
    if not user.has_perms(permissions):
        raise GraphQLError(f"You lack a permission: {' and '.join(permissions)}.")


def require_to_read(info: Any, *permissions: str) -> None:
    """As `require`, but for everybody where reading is open, which is in development only."""
    if not conf.open_reading():
        require(info, *permissions)
