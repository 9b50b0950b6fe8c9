"""supervisord with the exported programs: web server, worker, beat, run-due; beat triggers the jobs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tools.chaos.services import ROOT, Service, is_ready, valkey
from tools.schedulers import crons
from tools.schedulers.scene import Scene, program
from tools.schedulers.system import System

PROGRAMS = ("web", "worker", "beat", "run-due")
CONFIGURATION = """
[supervisord]
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[unix_http_server]
file={folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/socket
[include]
files={folder}/jobs_api.conf
"""


def prepare(scene: Scene) -> Iterator[str]:
    """The file that `jobs_export` writes, and one that includes it."""
    (scene.folder / "logs").mkdir()
    own = {"HOST": "127.0.0.1", "PORT": str(scene.ports[1]), "WEB_CONCURRENCY": "1"}
    settings = {
        "directory": ROOT,
        "python": sys.executable,
        "env_file": crons.env_file(scene, **own),
        "user": "",
        "log": scene.folder / "logs",
        "wsgi": "tools.schedulers.host.wsgi",
        "celery": "tools.schedulers.host.celery_app",
        "beat_file": scene.folder / "beat",
        "flower": "",
    }
    given = [f"--set={name}={value}" for name, value in settings.items()]
    # Once at the start, and then not before midnight: beat calls run-due each minute.
    text = scene.manage("jobs_export", "supervisord", "--run-due-every=1d", *given)
    (scene.folder / "jobs_api.conf").write_text(text)
    (scene.folder / "supervisord.conf").write_text(CONFIGURATION.format(folder=scene.folder))
    if scene.secret in text:
        yield "the secret is in the file"


def services(scene: Scene) -> Iterator[Service]:
    """A broker, and supervisord with all others."""
    yield valkey(scene.ports[0], folder=scene.folder, network=None)
    command = [program("supervisord"), "--nodaemon", "--configuration", scene.folder / "supervisord.conf"]
    worker = scene.says("logs/jobs_api_worker", " ready.")
    ready = lambda: is_ready("127.0.0.1", scene.ports[1]) and worker()  # noqa: E731
    yield scene.service("supervisord", command, answers=ready)


def afterwards(scene: Scene) -> Iterator[str]:
    """All programs run; the worker tells of the job that failed."""
    configuration = scene.folder / "supervisord.conf"
    states = scene.run([program("supervisorctl"), "-c", configuration, "status"])
    running = {line.split()[0] for line in states.splitlines() if " RUNNING " in line}
    if running != {f"jobs_api_{name}" for name in PROGRAMS}:
        yield f"not all programs run: {states}"
    if "'failed: " not in (scene.folder / "logs/jobs_api_worker.log").read_text():
        yield "the worker's log does not tell of the failed job"


system = System(
    title="supervisord: web, worker, beat, run-due",
    source="celery-beat",
    prepare=prepare,
    services=services,
    afterwards=afterwards,
    run_due=True,
    executor="celery",
    steady=True,
    programs=("supervisord",),
)
