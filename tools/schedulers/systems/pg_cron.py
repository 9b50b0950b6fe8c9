"""pg_cron in a PostgreSQL of its own, and what our export schedules there.

pg_net is not in Debian: a function of the same signature stands in, written in PL/Python. It differs in
one thing: it sends at once and waits for the answer, where pg_net sends when the transaction is over.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

from tools.chaos.services import Service
from tools.schedulers.scene import Scene
from tools.schedulers.system import System

BIN = Path("/usr/lib/postgresql/15/bin")
OWNER = "postgres"
PG_NET = """
CREATE EXTENSION pg_cron;
CREATE EXTENSION plpython3u;
CREATE SCHEMA net;
CREATE FUNCTION net.http_post(
  url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
  headers jsonb DEFAULT '{"Content-Type": "application/json"}', timeout_milliseconds int DEFAULT 5000
) RETURNS bigint LANGUAGE plpython3u AS $python$
import json, urllib.error, urllib.request
sent = {**json.loads(headers), "User-Agent": "pg_net/0.14.0"}
request = urllib.request.Request(url, body.encode(), sent, method="POST")
try:
    return urllib.request.urlopen(request, timeout=timeout_milliseconds / 1000).status
except urllib.error.HTTPError as answer:
    return answer.code
$python$;
"""


def prepare(scene: Scene) -> Iterable[str]:
    """A cluster whose superuser is the account that Debian's packages make."""
    data = _data(scene)
    for path in (scene.folder / "cluster", scene.folder / "socket"):
        path.mkdir()
        if os.geteuid() == 0:
            shutil.chown(path, OWNER, OWNER)
    scene.run(
        [*_as_owner(), BIN / "initdb", "--auth=trust", "--no-sync", f"--username={OWNER}", f"--pgdata={data}"]
    )
    return ()


def services(scene: Scene) -> Iterator[Service]:
    """The server; its background worker fires."""
    settings = {
        "port": scene.ports[0],
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": scene.folder / "socket",
        "shared_preload_libraries": "pg_cron",
        "cron.database_name": OWNER,
        "cron.use_background_workers": "on",
        "max_worker_processes": 20,
        "fsync": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [*_as_owner(), BIN / "postgres", "-D", _data(scene), *words]
    yield scene.service("postgres", command, answers=lambda: _scheduled(scene))


def _scheduled(scene: Scene) -> bool:
    """Once it takes connections: make the functions, and apply our export twice."""
    try:
        connection = psycopg.connect(_address(scene), autocommit=True)
    except psycopg.OperationalError:
        return False
    with connection:
        connection.execute(PG_NET)
        connection.execute(f"ALTER DATABASE postgres SET jobs.cron_secret = '{scene.secret}'")
    with psycopg.connect(_address(scene), autocommit=True) as connection:  # which has the setting
        options = [f"--base-url={scene.base_url}", "--only=tick_*", "--run-due-every=1m"]
        secret = "--set=secret=current_setting('jobs.cron_secret')"
        sql = scene.manage("jobs_export", "pg-cron", secret, *options)
        for _ in range(2):  # the second time changes nothing
            connection.execute(sql)
    return True


def afterwards(scene: Scene) -> Iterable[str]:
    """Each job is scheduled once, and what fires is not failed for PostgreSQL, even where our job is."""
    with psycopg.connect(_address(scene)) as connection:
        names = [name for (name,) in connection.execute("SELECT jobname FROM cron.job ORDER BY 1")]
        states = {state for (state,) in connection.execute("SELECT status FROM cron.job_run_details")}
    if names != sorted(["jobs_api.run-due", *(f"jobs_api.{job}" for job in scene.jobs)]):
        yield f"scheduled are {names}"
    if not states <= {"succeeded", "running", "starting"}:
        yield f"its own record says {states}"


def _data(scene: Scene) -> Path:
    return scene.folder / "cluster" / "data"


def _address(scene: Scene) -> str:
    return f"host=127.0.0.1 port={scene.ports[0]} user={OWNER} dbname=postgres"


def _as_owner() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups"] if os.geteuid() == 0 else []


system = System(
    title="pg_cron (with a stand-in for pg_net)",
    source="pg-cron",
    prepare=prepare,
    services=services,
    afterwards=afterwards,
    run_due=True,
    debian=("postgresql-15", "postgresql-15-cron", "postgresql-plpython3-15"),
)
