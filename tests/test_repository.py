"""What is committed: no secret, no database, and nothing that switches DEBUG on where it matters."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NEVER = re.compile(
    r"\.(sqlite3?(-\w+)?|db|env|pem|key|p12|pyc|log|dump|whl|tar\.gz)$|(^|/)(\.env(\.\w+)?|id_\w+|var/.*)$"
)
SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a key of Amazon": r"\bAKIA[0-9A-Z]{16}\b",
    "a key of GitHub": r"\b(gh[opsu]|github_pat)_\w{30,}",
    "a key of Stripe": r"\b[sr]k_live_[0-9a-zA-Z]{16,}",
    "a secret of webhooks": r"\bwhsec_[0-9a-zA-Z+/]{24,}",
    "a token of the jobs, or an API key": r"\b(jobs|crm)_(?!api_)[\w-]{43}\b",
    "a password in an address": r"\w+://\w+:(?!password|secret|hunter2)[^\s:@/{}<>$]{6,}@\w",
}


@pytest.fixture(scope="module")
def committed():
    """The files that git knows, by their paths."""
    git = ["git", "ls-files", "-z"]
    try:
        found = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"This is no git checkout, or there is no git: {error}")
    paths = {name: ROOT / name for name in found.stdout.split("\0") if name}
    return {name: path for name, path in paths.items() if path.is_file()}


def test_no_database_log_package_or_secret_file_is_committed(committed):
    assert [name for name in committed if NEVER.search(name)] == []
    assert len(committed) > 100


@pytest.mark.parametrize("what", SECRETS)
def test_nothing_that_is_committed_looks_like(committed, what):
    texts = {name: path.read_bytes().decode(errors="replace") for name, path in committed.items()}
    found = {name: re.search(SECRETS[what], text) for name, text in texts.items()}
    assert {name: match[0] for name, match in found.items() if match} == {}


def test_git_ignores_what_is_written_at_run_time(committed):
    written = (
        "var/db.sqlite3",
        "var/log/crm_heartbeat_log.txt",
        "var/cron-secret",
        ".env",
        "a-1.0-py3-none-any.whl",
    )
    git = ["git", "check-ignore", *written]
    ignored = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == list(written)


def say(code, **variables):
    """Run it in a process of its own, with nothing in the environment but these."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=kept | variables, capture_output=True, text=True, check=False
    )


DEPLOYED = {"SECRET_KEY": "x" * 50, "DATABASE_URL": "sqlite://:memory:"}


PRODUCTION = "from settings import production; print(production.DEBUG)"
SERVER = "import settings.wsgi; from django.conf import settings; print(settings.DEBUG)"


@pytest.mark.parametrize("debug", ["1", "True", "on"])
def test_nothing_in_the_environment_switches_debug_on_in_production(debug):
    assert say(PRODUCTION, DEBUG=debug, **DEPLOYED).stdout == "False\n"


def test_a_server_that_is_told_nothing_runs_as_in_production():
    assert say(SERVER, DEBUG="1", **DEPLOYED).stdout == "False\n"
    assert "SECRET_KEY" in say(SERVER, DEBUG="1").stderr


@pytest.mark.parametrize("missing", DEPLOYED)
def test_production_has_no_default_for_what_must_be_secret_or_kept(missing):
    rest = {name: value for name, value in DEPLOYED.items() if name != missing}
    refused = say(PRODUCTION, **rest)
    assert refused.returncode != 0
    assert missing in refused.stderr


MAIL = "from django.conf import settings; print(settings.EMAIL_BACKEND.split('.')[-2])"


@pytest.mark.parametrize(("environment", "backend"), [("production", "smtp"), ("development", "filebased")])
def test_no_mail_goes_to_the_console_where_it_would_count_as_sent(environment, backend):
    """And where a job's output would keep it, with names and addresses, for a year."""
    variables = {**DEPLOYED, "DJANGO_SETTINGS_MODULE": f"settings.{environment}"}
    assert say(MAIL, **variables).stdout == f"{backend}\n"
    assert say(MAIL, EMAIL_URL="smtp://mail.example.com", **variables).stdout == "smtp\n"


WAITS = (
    "from settings import base as b; print(b.EMAIL_TIMEOUT, b.DATABASES['default']['OPTIONS'].get('timeout'))"
)


def test_on_sqlite_a_mail_takes_less_than_others_wait_for_the_lock_that_it_holds():
    """Four answers of a mail server, each as late as it may be."""
    answer, lock = map(float, say(WAITS, **DEPLOYED).stdout.split())
    assert 4 * answer < lock
