"""Django's permissions, checked for the user who sent the GraphQL document."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from crm import conf


def require(info: Any, *permissions: str) -> None:
    """Refuse users who lack one of the permissions, such as ``crm.add_customer``.

    Raises:
        GraphQLError: the user is not logged in, or names the missing permissions.
    """
    user = getattr(info.context, "user", None)
    if user is None or not user.is_authenticated:
        raise GraphQLError("Log in, or send an API key as `Authorization: Bearer ...`.")
    if not user.has_perms(permissions):
        raise GraphQLError(f"You lack a permission: {' and '.join(permissions)}.")


def require_to_read(info: Any, *permissions: str) -> None:
    """Like `require`; but in development, everybody may read if CRM_OPEN_READING is on."""
    if not conf.open_reading():
        require(info, *permissions)
