"""`make serve`: the reference project with sample data, for a person to try."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
OPERATE = VAR / "operate-token"
OTHERS = ("ALLOWED_HOSTS", "CRON_SECRET", "DATABASE_URL", "DEBUG", "EMAIL_URL", "SECRET_KEY", "TIME_ZONE")
"""These variables may belong to another project: do not write to its database or mail its users."""
SERVICES = ("CRM_", "STRIPE_", "JOBS_API_ALERT_")
"""Variables with these prefixes name services that only a real deployment should use."""

TEXT = """
  {url}/    what is here: links, tokens, lines to copy

In another terminal:

  export CRON_SECRET={secret}

  # a job, and the same slot once more
  curl -X POST {url}/api/jobs/cleanup_stale_drafts/run -H "Authorization: Bearer $CRON_SECRET"
  curl -X POST {url}/api/jobs/cleanup_stale_drafts/run -H "Authorization: Bearer $CRON_SECRET"
  # everything that is due, retryable or missed: at first the jobs of every few minutes
  curl -X POST {url}/api/run-due -H "Authorization: Bearer $CRON_SECRET"
  # the state of the jobs, and the output of the first run
  curl {url}/api/jobs -H "Authorization: Bearer $CRON_SECRET"
  curl {url}/api/runs/1/output -H "Authorization: Bearer $CRON_SECRET"
  # an operator's token: do the first run again
  export TOKEN={operate}
  curl -X POST {url}/api/runs/1/rerun -H "Authorization: Bearer $TOKEN"

{url}/dashboard/ shows how it goes; {url}/admin/ has the rows.
For both: user admin, password {password}

Data, secrets, logs and mails (var/mail; alerts, too) are in var/; delete it to begin anew. The job
reconcile_payments is paused: it needs a Stripe key. What each job does: docs/crm.md. Ctrl-C stops the server.
"""


def main() -> None:
    """Prepare the database, print how to use it, and become the server."""
    parser = argparse.ArgumentParser(prog="make serve", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8000, help='8000 if missing; make serve ARGS="--port 8001"'
    )
    port = parser.parse_args().port
    if not is_free(port):
        parser.error(f'port {port} is taken; another one: make serve ARGS="--port {port + 1}"')
    os.chdir(ROOT)
    VAR.mkdir(exist_ok=True)
    for name in [name for name in os.environ if name in OTHERS or name.startswith(SERVICES)]:
        del os.environ[name]
    url = f"http://127.0.0.1:{port}"
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tools.serve.settings", "JOBS_API_BASE_URL": url}
    os.environ["CRON_SECRET"] = kept_secret(VAR / "cron-secret")
    password = kept_secret(VAR / "admin-password")
    prepare(password)
    known = {"password": password, "secret": os.environ["CRON_SECRET"], "operate": kept_token(OPERATE)}
    print(TEXT.format(url=url, **known), flush=True)
    # Django's own server, because it serves the admin's style sheets. Without its reloader: that would be
    # a second process to stop, and a saved file would cut off the jobs that run.
    server = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    os.execv(sys.executable, server)  # noqa: S606


def is_free(port: int) -> bool:
    """Whether a server can listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def kept_secret(path: Path) -> str:
    """The secret in that file, which the first call creates; only its owner can read it."""
    if not path.exists():
        keep(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def keep(path: Path, secret: str) -> None:
    """Write a secret into a file of its owner's."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w") as file:
        file.write(secret + "\n")


def kept_token(path: Path) -> str:
    """The secret of a token that may do everything; a new one if the database does not know it."""
    from django.utils import timezone

    from jobs_api.auth import tokens
    from jobs_api.models import Token

    secret = path.read_text().strip() if path.exists() else ""
    if not Token.objects.filter(digest=tokens.digest(secret), revoked_at=None).exists():
        Token.objects.filter(name="serve").delete()
        _, secret = tokens.create("serve", scopes=tokens.SCOPES, at=timezone.now())
        keep(path, secret)
    return secret


def prepare(password: str) -> None:
    """Migrate and add an account for the admin; add sample data the first time.

    Later it would bring back what the clean-up jobs have deleted since.
    """
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    from crm.models import Customer

    if not Customer.objects.exists():
        call_command("seed_crm")
        call_command("jobs_pause", "reconcile_payments", reason="no STRIPE_API_KEY here", verbosity=0)
    user, _ = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save(update_fields=["password"])
