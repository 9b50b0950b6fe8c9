import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm import api_keys
from crm.models import ApiKey

from ...factories import NOW, user
from ...running import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return user("crm.add_customer", name="alice")


def create(*options):
    said = run("crm_api_key", "create", "--user", "alice", "--name", "reports", *options)
    return said.split("\n")[0], said


def test_a_key_is_shown_once_and_works(alice):
    key, said = create()
    row = ApiKey.objects.get()
    assert (row.user, row.name, row.expires_at) == (alice, "reports", None)
    assert api_keys.user_of(key, now=timezone.now()) == alice
    assert f"Key {row.pk}. It is shown once." in said
    assert key not in run("crm_api_key", "list")


def test_a_key_can_be_made_to_expire(alice):
    create("--days", "1.5")
    left = ApiKey.objects.get().expires_at - timezone.now()
    assert timedelta(hours=35) < left <= timedelta(hours=36)


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "1e9"])
def test_a_number_of_days_is_above_none(alice, days):
    with pytest.raises(CommandError, match="--days must be above 0"):
        create(f"--days={days}")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--user", "bob", "--name", "x"],
            "There is no user 'bob'; the admin and `createsuperuser` make one",
        ),
        (["--user", "carol", "--name", "x"], "The user 'carol' is switched off; set it active first"),
        (["--user", "alice", "--name", ""], "--name: This field cannot be blank."),
        (["--user", "alice", "--name", "x" * 101], "--name: Ensure this value has at most 100 characters"),
        (["--user", "alice"], "the following arguments are required: --name"),
        (["--name", "x"], "the following arguments are required: --user"),
    ],
)
def test_what_is_wrong_is_named(alice, options, message):
    user(name="carol", is_active=False)
    with pytest.raises(CommandError) as refused:
        call_command("crm_api_key", "create", *options)
    assert message in str(refused.value)
    assert not ApiKey.objects.exists()


def test_keys_are_listed_with_what_became_of_them(alice):
    assert run("crm_api_key", "list") == "No keys; crm_api_key create makes one.\n"
    first, key = api_keys.create(alice, "first", now=NOW)
    api_keys.user_of(key, now=NOW)
    second, _ = api_keys.create(alice, "second", expires_at=NOW + timedelta(days=1), now=NOW)
    api_keys.revoke(second.pk, now=NOW)
    made, never = "made 2026-03-01 02:00", "last used never"
    assert run("crm_api_key", "list").splitlines() == [
        f"{first.pk}  alice  'first'  {made}, expires never, last used 2026-03-01 02:00",
        f"{second.pk}  alice  'second'  {made}, expires 2026-03-02 02:00, {never}, revoked 2026-03-01 02:00",
    ]


def test_a_revoked_key_is_of_no_use(alice):
    key, _ = create()
    pk = ApiKey.objects.get().pk
    assert run("crm_api_key", "revoke", str(pk)) == f"Key {pk}: revoked.\n"
    assert api_keys.user_of(key, now=timezone.now()) is None


def test_a_key_is_revoked_once(alice):
    create()
    pk = str(ApiKey.objects.get().pk)
    run("crm_api_key", "revoke", pk)
    for wrong in (pk, "0", "-1", "9" * 30):
        with pytest.raises(
            CommandError, match=re.escape(f"There is no key {wrong} to revoke; `crm_api_key list`")
        ):
            run("crm_api_key", "revoke", wrong)


@pytest.mark.parametrize("words", [[], ["make"], ["revoke"], ["revoke", "first"]])
def test_other_words_are_answered_with_those_there_are(words):
    with pytest.raises(CommandError, match=r"create|list|revoke|ID"):
        call_command("crm_api_key", *words)
