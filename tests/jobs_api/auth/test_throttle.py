"""Bad tokens: twenty a minute from one address, then 429; a valid token is never held up."""

from types import SimpleNamespace

import pytest

from jobs_api.auth import throttle
from jobs_api.exceptions import TooManyBadTokens
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer

RUN = "/api/jobs/nightly/run"
BAD = {"Authorization": "Bearer wrong"}


@pytest.fixture
def clock(monkeypatch):
    """The clock of the throttle, to be set."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def knock(client, declare):
    declare(**YEARLY)

    def knock(headers=BAD, address="192.0.2.1"):
        return client.post(RUN, headers=headers, content_type="", REMOTE_ADDR=address)

    return knock


@pytest.mark.django_db
def test_the_21st_bad_token_of_a_minute_is_429_with_retry_after(knock, clock):
    assert {knock().status_code for _ in range(20)} == {401}
    clock.now += 20
    response = knock()
    assert (response.status_code, response["Content-Type"]) == (429, PROBLEM)
    assert response["Retry-After"] == "40"
    assert response.json()["type"] == "/api/docs/problems/too-many-bad-tokens"


@pytest.mark.django_db
def test_a_valid_token_is_never_held_up(knock):
    row = bearer("trigger")
    for _ in range(25):
        knock()
    assert knock().status_code == 429
    assert knock(BEARER).status_code == 200
    assert knock(row).status_code == 200
    assert knock(bearer("read")).status_code == 403


@pytest.mark.django_db
def test_valid_tokens_do_not_count(knock):
    assert {knock(BEARER).status_code for _ in range(30)} == {200}
    assert knock().status_code == 401


@pytest.mark.django_db
def test_another_address_is_not_held_up(knock):
    for _ in range(21):
        knock()
    assert knock().status_code == 429
    assert knock(address="192.0.2.2").status_code == 401


@pytest.mark.django_db
def test_requests_without_a_token_count_as_well(knock):
    assert [knock({}).status_code for _ in range(21)] == [401] * 20 + [429]


@pytest.mark.django_db
def test_the_minute_begins_with_the_first_bad_token_and_ends(knock, clock):
    assert [knock().status_code for _ in range(21)][-1] == 429
    clock.now += 59.9
    assert knock().status_code == 429
    assert knock()["Retry-After"] == "1"
    clock.now += 0.2
    assert knock().status_code == 401


@pytest.mark.django_db
def test_the_number_is_a_setting(knock, settings):
    settings.JOBS_API = {**settings.JOBS_API, "BAD_TOKENS_PER_MINUTE": 2}
    assert [knock().status_code for _ in range(3)] == [401, 401, 429]


def test_memory_is_bounded_and_the_oldest_address_is_forgotten(clock, settings):
    settings.JOBS_API = {**settings.JOBS_API, "BAD_TOKENS_PER_MINUTE": 1}
    bad = throttle.BadTokens(addresses=2)
    for address in ("a", "b"):
        bad.note(address)
    with pytest.raises(TooManyBadTokens):
        bad.note("a")
    bad.note("c")  # "b" has been silent for longest
    bad.note("b")
    assert len(bad._counts) == 2
