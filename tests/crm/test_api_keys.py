from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.utils import timezone

from crm import api_keys
from crm.models import ApiKey
from crm.models.api_key import ApiKeyQuerySet
from jobs_api.auth import tokens
from tests.jobs_api.concurrency.crowd import crowd

from .asking import HELLO, key_with, post, told
from .factories import NOW, user

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def made(owner=None, **fields):
    return api_keys.create(owner or user(), "reports", **({"now": NOW} | fields))


# -- keys -------------------------------------------------------------------------------------


def test_a_key_that_expires_before_it_is_made_is_refused():
    with pytest.raises(ValidationError, match="This time is over already"):
        made(expires_at=NOW)


def test_a_key_is_stored_as_a_hash_only():
    _, key = made()
    stored = str(list(ApiKey.objects.values()))
    assert key not in stored
    assert key.removeprefix("crm_") not in stored


def test_keys_are_long_and_not_alike():
    keys = {made()[1] for _ in range(20)}
    assert len(keys) == 20
    assert all(key.startswith("crm_") and len(key) == 4 + 43 for key in keys)


def test_a_key_acts_as_its_user():
    owner = user("crm.add_customer")
    found = api_keys.user_of(made(owner)[1], now=NOW)
    assert found == owner
    assert found.get_all_permissions() == {"crm.add_customer"}


@pytest.mark.parametrize("changed", [lambda k: k[:-1], lambda k: k + "x", str.upper, lambda k: k[4:], len])
def test_another_key_is_nobodys(changed):
    assert api_keys.user_of(str(changed(made()[1])), now=NOW) is None


def test_a_key_ends_when_it_expires():
    _, key = made(expires_at=NOW + MINUTE)
    assert api_keys.user_of(key, now=NOW + MINUTE - SECOND)
    assert api_keys.user_of(key, now=NOW + MINUTE) is None


def test_a_key_ends_when_it_is_revoked():
    row, key = made()
    assert api_keys.revoke(row.pk, now=NOW) is True
    assert api_keys.user_of(key, now=NOW) is None
    assert api_keys.revoke(row.pk, now=NOW + MINUTE) is False
    row.refresh_from_db()
    assert row.revoked_at == NOW


def test_a_key_is_of_no_use_while_its_user_is_switched_off():
    assert api_keys.user_of(made(user(is_active=False))[1], now=NOW) is None


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_key_has_a_name_of_some_length(name):
    with pytest.raises(ValidationError) as refused:
        api_keys.create(user(), name, now=NOW)
    assert list(refused.value.message_dict) == ["name"]
    assert not ApiKey.objects.exists()


def test_use_is_noted_once_a_minute(django_assert_num_queries):
    row, key = made()
    noted = []
    for later in (0 * SECOND, MINUTE - SECOND, MINUTE):
        with django_assert_num_queries(1 if later == MINUTE - SECOND else 2):
            api_keys.user_of(key, now=NOW + later)
        row.refresh_from_db()
        noted.append(row.last_used_at - NOW)
    assert noted == [0 * SECOND, 0 * SECOND, MINUTE]


def test_use_is_noted_once_when_many_come_at_the_same_moment(transactional_db, monkeypatch):
    key, note, update, written = made()[1], api_keys._note_use, ApiKeyQuerySet.update, []
    everybody = Barrier(4)

    def note_together(row, now):
        everybody.wait(10)
        note(row, now)

    monkeypatch.setattr(api_keys, "_note_use", note_together)
    monkeypatch.setattr(
        ApiKeyQuerySet, "update", lambda rows, **fields: written.append(update(rows, **fields))
    )
    with crowd(4) as together:
        together(*[lambda: api_keys.user_of(key, now=NOW)] * 4)
    assert sorted(written) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer crm_x", "crm_x"),
        ("bearer   crm_x ", "crm_x"),
        ("Bearer", ""),
        ("Basic YTpi", None),
        ("crm_x", None),
        ("", None),
    ],
)
def test_a_bearer_is_told_from_other_headers(header, key):
    assert api_keys.bearer(RequestFactory().get("/", headers={"authorization": header})) == key


# -- over HTTP --------------------------------------------------------------------------------


def test_a_key_opens_graphql_without_cookies_and_csrf_tokens():
    assert post(Client(enforce_csrf_checks=True), "{ hello }", key=key_with()).json() == HELLO


def no_key():
    return {
        "unknown": "crm_x",
        "empty": "",
        "not ASCII": "crm_\xe9",
        "expired": made(expires_at=NOW, now=NOW - timedelta(days=1))[1],
        "revoked": _revoked(),
        "switched off": made(user(is_active=False))[1],
        "the secret of the jobs": settings.CRON_SECRET,
        "a token of the jobs": tokens.create("ci", scopes=["trigger", "operate"], at=timezone.now())[1],
    }


def _revoked():
    row, key = made()
    api_keys.revoke(row.pk, now=NOW)
    return key


def test_a_bad_key_is_refused_and_nobody_learns_why(client):
    client.force_login(user())  # a session does not help whoever sends a key
    answers = {why: post(client, "{ hello }", key=key) for why, key in no_key().items()}
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({answer.content for answer in answers.values()}) == 1
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="crm"'}


def test_a_key_counts_before_a_session(client):
    client.force_login(user("crm.add_customer"))
    answer = post(client, CREATE, key=key_with())
    assert told(answer) == ["You lack a permission: crm.add_customer."]


CREATE = """
mutation { createCustomer(input: {name: "Alice", email: "alice@example.com"}) { message } }
"""


@pytest.fixture
def browser():
    """Someone who is logged in and may add customers."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user("crm.add_customer"))
    return browser


def test_a_session_shows_its_csrf_token(browser):
    browser.get("/graphql", {"query": "{ hello }"})
    token = browser.cookies["csrftoken"].value
    answer = post(browser, CREATE, headers={"x-csrftoken": token})
    assert answer.json() == {"data": {"createCustomer": {"message": "Customer created successfully"}}}


@pytest.mark.parametrize("document", [CREATE, "{ hello }"])
def test_another_site_cannot_use_a_session(browser, document):
    browser.get("/graphql", {"query": "{ hello }"})
    foreign = {"origin": "https://evil.example"}
    assert post(browser, document, headers=foreign).status_code == 403
    assert browser.post("/graphql", {"query": document}, headers=foreign).status_code == 403
    token = {"x-csrftoken": browser.cookies["csrftoken"].value}
    assert post(browser, document, headers=foreign | token).status_code == 403


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_a_form_without_the_token_does_not_pass_for_a_session(browser, path):
    assert browser.post(path, {"query": CREATE}).status_code == 403


def test_a_get_changes_nothing(browser):
    answer = browser.get("/graphql", {"query": CREATE})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert told(answer) == ["Can only perform a mutation operation from a POST request."]


def test_nobody_may_say_hello_and_nothing_else(client):
    assert post(client, "{ hello }").json() == HELLO
    answer = post(client, CREATE)
    assert told(answer) == ["Log in, or send an API key as `Authorization: Bearer ...`."]
    assert answer.json()["data"] == {"createCustomer": None}
