"""Who of the staff can be written to."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth import get_user_model


class Colleague(NamedTuple):
    """A user who looks after this app."""

    pk: int
    email: str


def reachable_staff() -> list[Colleague]:
    """Active staff users with an e-mail address."""
    users = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(email="")
    return [Colleague(pk, email) for pk, email in users.order_by("pk").values_list("pk", "email")]
