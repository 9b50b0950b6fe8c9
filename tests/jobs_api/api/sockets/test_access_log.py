"""What a caller without a token writes into the server's log is seen there, and acts on nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from jobs_api import Job
from tests.databases import ONE_DATABASE
from tests.jobs_api.api.sockets.conftest import NIGHTLY
from tests.jobs_api.api.sockets.raw import Raw, head
from tests.jobs_api.execution.draining.server import WORKERS, Server, eventually, serve

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

FORGED = "127.0.0.1 - - [2026] GET /forged 200 31"


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gunicorn with the repository's gunicorn.conf.py."""
    folder = tmp_path_factory.mktemp("access")
    with serve(folder, *WORKERS["gthread"], jobs=[Job("nightly", **NIGHTLY)], grace=2, drain=1) as running:
        yield running


def user(name: str) -> str:
    """As `curl --user` sends it."""
    return f"Authorization: Basic {base64.b64encode(f'{name}:x'.encode()).decode()}"


WRITTEN = {
    "a user that sets a title": (user("\x1b]0;pwned\x07one"), r"\x1b]0;pwned\x07one"),
    "a user that ends the line": (user(f"two\n{FORGED}"), rf"two\n{FORGED}"),
    "a user that returns to its start": (user("\rthree"), r"\x0dthree"),
    "a user agent of 8 bits": ("User-Agent: \x9b31mfour", r"\x9b31mfour"),
    "a page before this of 8 bits": ("Referer: \x9d0;five", r"\x9d0;five"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_what_a_caller_sends_is_shown_in_one_line_of_the_log(server, case):
    header, shown = WRITTEN[case]
    with Raw(server.port) as raw:
        said = head("GET", "/api/health/live", "-").replace(
            b"Authorization: Bearer -", header.encode("latin-1")
        )
        assert raw.say(said).answer().status == 200
    line = eventually(lambda: [line for line in server.log.read_text().split("\n") if shown in line])[0]
    assert line.isprintable()
    assert not [line for line in server.log.read_text().split("\n") if line.startswith(FORGED)]
