"""Tokens in rows: hashed, expiring, revoked at once, and their use noted now and then."""

from datetime import timedelta

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.auth import tokens
from jobs_api.exceptions import BadInput
from jobs_api.models import Token
from tests.conftest import NOON
from tests.jobs_api.api.endpoints import YEARLY, bearer

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def made(name="ci", scopes=("trigger",), **fields):
    return tokens.create(name, scopes=scopes, at=NOON, **fields)


def test_a_secret_is_stored_as_a_hash_only():
    row, secret = made()
    stored = str(list(Token.objects.values()))
    assert secret not in stored
    assert secret.removeprefix(tokens.PREFIX) not in stored
    assert len(row.digest) == 64
    assert secret not in str(model_to_dict(row))


def test_two_secrets_are_long_and_not_alike():
    secrets = {made(f"token {number}")[1] for number in range(20)}
    assert len(secrets) == 20
    assert all(len(secret) >= 48 and secret.startswith("jobs_") for secret in secrets)


def test_a_token_grants_its_scopes_under_its_name():
    _, secret = made(scopes=("read", "operate"), patterns=("a", "b-*"))
    grant = tokens.verify(secret, now=NOON)
    assert (grant.name, grant.scopes) == ("ci", {"read", "operate"})
    assert [name for name in ("a", "b", "b-1", "c") if grant.covers(name)] == ["a", "b-1"]


@pytest.mark.parametrize("changed", [lambda s: s[:-1], lambda s: s + "x", str.upper, lambda s: s[5:]])
def test_another_secret_grants_nothing(changed):
    _, secret = made()
    assert tokens.verify(changed(secret), now=NOON) is None


def test_a_token_ends_when_it_expires():
    _, secret = made(expires_at=NOON + MINUTE)
    assert tokens.verify(secret, now=NOON + MINUTE - SECOND)
    assert tokens.verify(secret, now=NOON + MINUTE) is None


def test_an_expired_token_is_refused_over_http(api, declare):
    declare(**YEARLY)
    now = timezone.now()
    for expires_at, expected in ((now + MINUTE, 200), (now - SECOND, 401)):
        token = bearer("trigger", expires_at=expires_at)
        assert api("POST", "/api/jobs/nightly/run", headers=token).status_code == expected


def test_a_revoked_token_is_refused_at_once(api, declare):
    declare(**YEARLY)
    token = bearer("trigger", name="ci")
    assert api("POST", "/api/jobs/nightly/run", headers=token).status_code == 200
    assert tokens.revoke("ci", at=timezone.now()) is True
    assert api("POST", "/api/jobs/nightly/run", headers=token).status_code == 401
    assert tokens.revoke("ci", at=timezone.now()) is False


def test_revoking_keeps_when_it_was():
    made()
    tokens.revoke("ci", at=NOON)
    tokens.revoke("ci", at=NOON + MINUTE)
    assert Token.objects.get().revoked_at == NOON


def test_the_last_use_is_written_at_most_once_a_minute():
    _, secret = made()
    noted = []
    for after in (0, 1, 59, 60, 61, 119, 120):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert tokens.verify(secret, now=NOON + after * SECOND)
        writes = [query for query in queries if query["sql"].startswith("UPDATE")]
        assert len(queries) == 1 + len(writes)
        noted += [after] * len(writes)
    assert noted == [0, 60, 120]
    assert Token.objects.get().last_used_at == NOON + 120 * SECOND


def test_of_two_uses_at_the_same_moment_one_is_written():
    row, secret = made()
    tokens.verify(secret, now=NOON)
    tokens._note_use(row, NOON + SECOND)  # has read the row before the other wrote it
    assert Token.objects.get().last_used_at == NOON


def test_a_refused_token_is_not_used(api):
    bearer("trigger", name="ci", expires_at=timezone.now() - SECOND)
    api("POST", "/api/run-due", headers=bearer("read"))
    assert Token.objects.get(name="ci").last_used_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": ()},
        {"scopes": ("admin",)},
        {"scopes": ("trigger", "write")},
        {"patterns": ()},
        {"patterns": ("",)},
        {"name": ""},
        {"name": "n" * 81},
        {"name": "CRON_SECRET", "patterns": ["nightly"]},
        {"name": "cron_secret\u200b"},
    ],
    ids=str,
)
def test_a_token_that_could_do_nothing_or_anything_is_not_made(wrong):
    with pytest.raises(BadInput):
        made(**wrong)
    assert not Token.objects.exists()


def test_a_name_is_given_once_also_after_it_was_revoked():
    made()
    tokens.revoke("ci", at=NOON)
    with pytest.raises(BadInput, match="'ci'"):
        made()
