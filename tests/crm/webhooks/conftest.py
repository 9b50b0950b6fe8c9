import socket
import threading
from contextlib import suppress

import pytest

from ..receiver import receiving
from .raw import read


@pytest.fixture
def allowed(settings, monkeypatch):
    """Webhooks may go to this machine: the receivers of these tests are there."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    settings.CRM_WEBHOOK_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver(allowed):
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def raw(allowed):
    """Listens with a function of the connection; returns the URL. What it wrote to is closed after it."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def serve(answer):
        def once():
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # the sender may hang up
                read(connection)
                answer(connection)

        threads.append(threading.Thread(target=once))
        threads[0].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serve
    listener.close()
    for thread in threads:
        thread.join()
