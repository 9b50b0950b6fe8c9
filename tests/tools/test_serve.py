"""`make serve`: what it keeps between two starts."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from jobs_api.models import Token
from tools.serve import ROOT, is_free, kept_secret, kept_token


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "cron-secret"
    secret = kept_secret(path)
    assert len(secret) >= 32, "a shorter one would never match"
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_secret(path) == secret


TWICE = """
from tools.serve import prepare

prepare("first")
from crm.models import Customer

Customer.objects.filter(orders=None).delete()
left = Customer.objects.count()
prepare("second")
print(left, Customer.objects.count())
"""


def test_help_changes_nothing_and_names_the_port() -> None:
    command = [sys.executable, "-m", "tools.serve", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--port" in shown.stdout


def test_a_second_start_does_not_bring_back_what_the_jobs_have_deleted(tmp_path: Path) -> None:
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tools.serve.settings",
    }
    command = [sys.executable, "-c", TWICE]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    left, found = map(int, said.stdout.splitlines()[-1].split())
    assert 0 < left == found < 100


def test_a_port_that_is_taken_is_noticed_before_anything_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not is_free(other.getsockname()[1])
    assert is_free(other_port())


def other_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.django_db
def test_the_operators_token_is_kept_as_long_as_the_database_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "operate-token"
    secret = kept_token(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_token(path) == secret
    Token.objects.all().delete()  # the database was deleted, its folder was not
    assert kept_token(path) != secret
    assert Token.objects.get().scopes == ["trigger", "read", "operate"]


@pytest.mark.django_db
def test_the_page_has_links_that_lead_somewhere_and_tokens_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.serve.urls.OPERATE", tmp_path / "operate-token")
    served = {"ROOT_URLCONF": "tools.serve.urls", "TEMPLATES": templates(), "DEBUG": True}
    with override_settings(**served):
        shown = Client().get("/").content.decode()
        for link in set(re.findall(r'href="(/[^"]*)"', shown)):
            assert Client().get(link).status_code in (200, 302, 400), link  # GraphQL wants a query
        for name in ("CRON_SECRET", "TOKEN"):
            (secret,) = re.findall(rf"export {name}=([\w-]+)", shown)
            answer = Client().get("/api/jobs", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 200
    assert "prune" in shown, "a job tells what it does"


def templates() -> list[dict[str, Any]]:
    (engine,) = settings.TEMPLATES
    return [{**engine, "DIRS": [ROOT / "tools" / "serve"]}]
