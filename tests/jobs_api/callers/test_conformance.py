"""What holds for every file in jobs_api/callers/: a new one is covered by being there."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.http.request import HttpHeaders

from jobs_api import callers
from jobs_api.api.triggers import BODY, QUERY
from jobs_api.callers import UNKNOWN, Call, Caller

NAMES = sorted(module.name for module in pkgutil.iter_modules(callers.__path__))
ENVELOPES = [
    {},
    {"time": 1, "id": None, "detail-type": [], "source": {}},
    {"time": "never", "id": "x" * 5000, "detail-type": "Scheduled Event", "source": "aws.events"},
    {"message": {"data": "e30=", "messageId": "1"}, "subscription": "s"},
]
"""Bodies of all kinds, also such as no platform sends."""


def call(user_agent="", body=None, **headers):
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return Call(HttpHeaders({"HTTP_USER_AGENT": user_agent, **meta}), body)


@pytest.fixture(params=NAMES)
def module(request):
    return import_module(f"{callers.__name__}.{request.param}")


@pytest.fixture
def caller(module):
    return module.caller


def test_every_file_of_the_folder_is_a_caller():
    files = {path.stem for path in Path(callers.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(NAMES)
    assert {caller.name for caller in callers.all_callers()} == {
        import_module(f"{callers.__name__}.{name}").caller.name for name in NAMES
    }


def test_names_and_user_agents_are_unique():
    for attribute in ("name", "user_agent"):
        values = [value for caller in callers.all_callers() if (value := getattr(caller, attribute))]
        assert len(set(values)) == len(values)


def test_a_module_has_one_caller_and_says_who_it_is(module, caller):
    assert isinstance(caller, Caller)
    assert caller.name == module.__name__.rpartition(".")[2]
    assert re.fullmatch(r"[a-z0-9_]{1,50}", caller.name)
    assert len((module.__doc__ or "").split()) > 3


def test_it_is_recognised_by_its_user_agent(caller):
    if not caller.user_agent:
        assert callers.recognise(call("somebody/1.0")) is UNKNOWN
        return
    assert callers.recognise(call(caller.user_agent)) is caller
    assert callers.recognise(call(f"{caller.user_agent}/9.9 (x)")) is caller


def test_no_user_agent_hides_another(caller):
    others = [other for other in callers.all_callers() if other is not caller]
    assert not any(other.user_agent and caller.user_agent.startswith(other.user_agent) for other in others)


def test_it_claims_no_request_that_bears_no_mark_of_its_own(caller):
    for nobody in (call(), call("Mozilla/5.0"), call("", {}), call("", {"reason": "x"})):
        assert not caller.signed(nobody)
        assert callers.recognise(nobody) is UNKNOWN


def test_it_takes_no_request_of_ours_for_its_envelope(caller):
    ours = dict.fromkeys((*BODY, *QUERY, "start", "end", "dry_run"), "2026-11-20")
    assert not caller.owns_body(ours)
    assert not any(caller.owns_body({key: value}) for key, value in ours.items())


@pytest.mark.parametrize("body", [None, *ENVELOPES])
def test_it_reads_whatever_comes_without_an_error(caller, body):
    for heard in (call("", body), call(caller.user_agent, body, **{"X-CloudScheduler": "maybe"})):
        assert isinstance(caller.signed(heard), bool)
        assert isinstance(caller.scheduled_at(heard), str | None)
        assert isinstance(caller.reference(heard), str)
        assert body is None or isinstance(caller.owns_body(body), bool)


def test_headers_are_looked_up_in_any_case():
    request = HttpRequest()
    request.META["HTTP_X_CLOUDSCHEDULER"] = "true"
    assert callers.recognise(Call(request.headers)).name == "cloud_scheduler"
