"""Few threads of a process wait for others at once; a body that takes too long is cut off."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from jobs_api import gunicorn
from jobs_api.api import arrival
from jobs_api.api.arrival import Arrival
from jobs_api.execution.waiting_limit import Room, room
from tests.jobs_api.execution.attempts import eventually


def test_as_many_get_a_place_as_there_are():
    places = Room()
    assert [places.enter(2) for _ in range(3)] == [True, True, False]
    places.leave()
    assert places.enter(2)


@pytest.mark.parametrize(("threads", "places"), [(1, 1), (2, 1), (3, 1), (4, 2), (9, 4), (100, 4)])
def test_half_of_a_servers_threads_are_never_kept(threads, places):
    kept = Room()
    kept.threads = threads
    assert sum(kept.enter(4) for _ in range(20)) == places


@pytest.fixture
def worker():
    """``worker("gthread", 8)`` is a gunicorn worker that has loaded its application."""
    yield lambda kind, threads: gunicorn.post_worker_init(
        SimpleNamespace(
            cfg=SimpleNamespace(graceful_timeout=30, worker_class_str=kind, threads=threads),
        )
    )
    room.threads = None


@pytest.mark.parametrize(("kind", "known"), [("gthread", 8), ("sync", 8), ("gevent", None), ("x.Own", None)])
def test_gunicorn_tells_how_many_threads_there_are(worker, monkeypatch, kind, known):
    monkeypatch.setattr(gunicorn, "_before", lambda *args: None)
    monkeypatch.setattr("signal.siginterrupt", lambda *args: None)
    worker(kind, 8)
    assert room.threads == known


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_keeps_no_place_and_watches_no_body():
    assert room.enter(1)
    try:
        with Arrival(None, seconds=60, places=1):
            child = os.fork()
            if child == 0:
                free = room.enter(1) and not arrival.watcher._arrivals
                os._exit(0 if free and arrival.watcher._changed.acquire(blocking=False) else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        room.leave()


# -- the end of a connection's reading side ---------------------------------------------------


@contextmanager
def two_ends():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname(), timeout=20)
        ours, _ = listener.accept()
        ours.settimeout(20)
        with theirs, ours:
            yield ours, theirs


def test_a_reader_that_waits_finds_the_end_and_can_still_answer():
    with two_ends() as (ours, theirs):
        with Arrival(ours, seconds=0.2, places=1) as body:
            assert ours.recv(10) == b""
        ours.sendall(b"408")
        assert (body.cut, theirs.recv(10)) == (True, b"408")


def test_a_body_that_has_come_is_left_alone(monkeypatch):
    monkeypatch.setattr(arrival, "TICK", 0.01)
    with two_ends() as (ours, theirs):
        with Arrival(ours, seconds=60, places=1) as body:
            theirs.sendall(b"{}")
            assert ours.recv(10) == b"{}"
        body._since -= 60  # its time is over
        time.sleep(0.2)
        theirs.sendall(b"the next request")
        assert (body.cut, ours.recv(20)) == (False, b"the next request")


def test_without_a_place_it_has_the_grace_alone():
    with two_ends() as (ours, _), Arrival(ours, seconds=60, places=0) as body:
        assert ours.recv(10) == b""
    assert body.cut


def test_places_are_given_back():
    for _ in range(3):
        with two_ends() as (ours, _), Arrival(ours, seconds=0.2, places=1):
            assert ours.recv(10) == b""
    assert room.enter(1)
    room.leave()


def test_a_connection_that_is_closed_already_is_no_trouble():
    with two_ends() as (ours, _), Arrival(ours, seconds=0.12, places=1) as body:
        ours.close()
        eventually(body.over)


def test_who_watches_goes_when_there_is_nothing_to_watch(monkeypatch):
    monkeypatch.setattr(arrival, "LINGER", 0.01)
    monkeypatch.setattr(arrival, "watcher", arrival.Watcher())
    with Arrival(None, seconds=60, places=1):
        assert arrival.watcher._thread.is_alive()
    eventually(lambda: arrival.watcher._thread is None)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and its certificate, in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
    ]
    subprocess.run([*made, "-keyout", f"{path}.key", "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.with_name("both.pem.key").read_text() + path.with_name("both.pem.crt").read_text())
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_an_encrypted_connection_is_cut_and_nothing_is_said_in_plain_text(certificate):
    """OpenSSL says nothing after an end that it did not expect: no answer, but the thread is free."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    caller = ssl.create_default_context(cafile=certificate)
    heard = []

    def call(theirs):
        with suppress(OSError), caller.wrap_socket(theirs, server_hostname="localhost") as encrypted:
            heard.append(encrypted.recv(10))

    with two_ends() as (ours, theirs):
        thread = threading.Thread(target=call, args=[theirs])
        thread.start()
        with context.wrap_socket(ours, server_side=True) as server:
            with Arrival(server, seconds=0.3, places=1) as body, suppress(ssl.SSLError):
                assert server.recv(10) == b""
            assert body.cut
            with suppress(ssl.SSLError):
                server.sendall(b"408")
        thread.join(20)
    assert heard in ([], [b""], [b"408"])
