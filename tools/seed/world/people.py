"""Who may come in: an operator, a reader, one of the staff who may see nothing, and the administrator."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Permission, User

from jobs_api.models import Token
from tools.seed.serving import PASSWORD

PEOPLE: dict[str, tuple[str, ...]] = {
    "mara": ("view_jobrun", "operate_jobrun", "view_auditentry"),
    "reader": ("view_jobrun",),
    "nobody": (),
    "admin": (),
}
"""Their names, which is how they log in, and their permissions; all of them are staff."""


def write(now: datetime) -> None:
    """Write them, and the tokens of the sources."""
    for name, permissions in PEOPLE.items():
        user = User(username=name, email=f"{name}@acme.example", is_staff=True, is_superuser=name == "admin")
        user.set_password(PASSWORD)
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    for name in ("aws-prod", "github", "cronjob-org"):
        Token.objects.create(
            name=name,
            digest=f"{name:0<64}",  # of no secret
            scopes=["trigger"],
            patterns=["*"],
            created_at=now - timedelta(days=300),
            expires_at=now + timedelta(days=400),
            last_used_at=now - timedelta(minutes=1),
        )
