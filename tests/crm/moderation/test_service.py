import json

import pytest

from crm.moderation import judges
from crm.moderation.judges import NotJudged, ask_service

from ..serving import serving

TOKEN = "a-token-that-nobody-may-see"


def answer(content, status=200, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return status, headers, body


@pytest.fixture
def server(settings):
    with serving() as server:
        settings.CRM_MODERATION_URL, settings.CRM_MODERATION_TOKEN = f"{server.url}judge", TOKEN
        server.answer = answer({"verdict": "approved", "reason": "fine"})
        yield server


def failure(text="private words"):
    (outcome,) = ask_service([text])
    assert isinstance(outcome, NotJudged)
    assert TOKEN not in str(outcome)
    assert text not in str(outcome)
    return str(outcome).removeprefix("the service of CRM_MODERATION_URL ")


def test_the_service_gets_the_text_and_the_token(server):
    ask_service(["Grüße"])
    (asked,) = server.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/judge", {"text": "Grüße"})
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


def test_without_a_token_none_is_sent(server, settings):
    settings.CRM_MODERATION_TOKEN = ""
    ask_service(["hello"])
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("verdict", ["approved", "rejected", "uncertain"])
def test_its_verdict_counts(server, verdict):
    server.answer = answer({"verdict": verdict, "reason": " so \n it\tis ", "score": 0.5})
    (outcome,) = ask_service(["hello"])
    assert (outcome.verdict, outcome.reason) == (verdict, "so it is")


@pytest.mark.parametrize("reason", ["so\x1cit is", "s\0o it is\u202e", "so\u2028it\xa0is\x7f"])
def test_of_its_reason_only_what_can_be_shown_is_kept(server, reason):
    server.answer = answer({"verdict": "approved", "reason": reason})
    (outcome,) = ask_service(["hello"])
    assert outcome.reason == "so it is"


def test_a_long_reason_is_cut(server):
    server.answer = answer({"verdict": "rejected", "reason": "x" * 500})
    (outcome,) = ask_service(["hello"])
    assert outcome.reason == "x" * 200


@pytest.mark.parametrize(
    "content",
    [
        b"<h1>private words</h1>",
        b"",
        [],
        None,
        {"verdict": "maybe", "reason": "private words"},
        {"verdict": "approved"},
        {"verdict": "approved", "reason": " "},
        {"verdict": "approved", "reason": "\x1c\0\u200b"},
        {"verdict": "approved", "reason": None},
        {"reason": "fine"},
    ],
)
def test_any_other_answer_is_a_failure(server, content):
    server.answer = answer(content)
    assert failure() == 'answered something else than {"verdict": ..., "reason": ...}'


@pytest.mark.parametrize("status", [201, 302, 400, 401, 429, 500])
def test_any_other_status_is_a_failure(server, status):
    server.answer = answer({"verdict": "approved", "reason": "fine"}, status, Location=server.url)
    assert failure() == f"answered HTTP {status}"
    assert len(server.asked) == 1


def test_a_silent_service_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(judges, "TIMEOUT", 0.2)
    server.answer = server.silence
    assert failure() == "did not answer: ReadTimeout"


def test_nobody_there_is_a_failure(settings):
    with serving() as gone:
        settings.CRM_MODERATION_URL = gone.url
    assert failure() == "did not answer: ConnectionError"


def test_one_failure_does_not_stop_the_others(server):
    def busy_at_first(_):
        return answer(b"", 503) if len(server.asked) == 1 else answer({"verdict": "approved", "reason": "ok"})

    server.answer = busy_at_first
    first, second = ask_service(["one", "two"])
    assert isinstance(first, NotJudged)
    assert second.verdict == "approved"
