"""The script of faults: which one comes next, when, and for how long. The seed decides all of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import psycopg
from kombu.exceptions import OperationalError

from tools.chaos import guardian
from tools.chaos.postgres import url
from tools.chaos.services import Service, kill
from tools.chaos.stage import Harm, Stage
from tools.chaos.toys import TOYS

SUPERVISOR = "jobs_api/subprocess_main.py"
"""A part of the command line of the subprocess executor's processes."""
BY_CELERY = {toy.name for toy in TOYS if toy.executor == "celery"}
IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault."""

    name: str
    strike: Callable[[Stage, random.Random], Service | Harm | bool]
    """Causes the fault; returns the service to restart, the harm to end, or whether there was a target."""
    pause: tuple[float, float] = (0.3, 2)
    """How many seconds the target stays down."""
    needs: str = ""
    """The executor that this fault needs."""


def _service(
    among: Callable[[Stage], list[Service]], kill: Callable[[Service], None]
) -> Callable[[Stage, random.Random], Service | bool]:
    """Strike one of these services, if it is running."""

    def strike(stage: Stage, chance: random.Random) -> Service | bool:
        struck = chance.choice(among(stage))
        if not struck.running:
            return False
        kill(struck)
        return struck

    return strike


def _child(among: Callable[[Stage], list[Service]]) -> Callable[[Stage, random.Random], bool]:
    """Strike a process that one of these services has started."""
    return lambda stage, chance: _one_of(chance.choice(among(stage)).children(), chance)


def _subprocess(stage: Stage, chance: random.Random) -> bool:
    """Strike a process of the subprocess executor: a supervisor, or the command that it watches."""
    return _one_of([each for each in guardian.belonging(stage.folder) if _is_subprocess(each)], chance)


def _is_subprocess(process: psutil.Process) -> bool:
    try:
        return any(word.endswith(SUPERVISOR) for word in process.cmdline())
    except psutil.Error:
        return False


def _one_of(processes: list[psutil.Process], chance: random.Random) -> bool:
    return bool(processes) and kill(chance.choice(processes))


def _deliver_again(stage: Stage, chance: random.Random) -> bool:
    """Send some messages once more, as brokers may: of attempts that wait, run, or have ended long ago."""
    answers = [answer for answer in stage.answers if answer.attempt and answer.job in BY_CELERY]
    if not answers or not stage.broker.running:
        return False
    again = chance.choices(answers[-8:], k=3) + chance.choices(answers, k=3)
    try:
        with stage.courier.connection_for_write(transport_options=IMPATIENT) as connection:
            for answer in again:
                numbers = answer.run, answer.attempt
                stage.courier.send_task("jobs_api.attempt", numbers, connection=connection, retry=False)
    except (OperationalError, OSError):  # it is not running again yet
        return False
    return True


def _freeze(stage: Stage, chance: random.Random) -> Harm | bool:
    """Freeze every process of the database: its connections stay open but do not answer."""
    return stage.database.running and Harm("all its processes", stage.database.freeze())


def _exhaust(stage: Stage, chance: random.Random) -> Harm | bool:
    """Use up all free connections of the database."""
    taken = []
    try:
        while len(taken) < 1000:
            taken.append(psycopg.connect(url(stage.folder), connect_timeout=2))
    except psycopg.OperationalError:  # no connection is free, or the database is down
        pass

    def free() -> None:
        for connection in taken:
            connection.close()

    return bool(taken) and Harm(f"{len(taken)} taken", free)


def _cut(stage: Stage, chance: random.Random) -> Harm | bool:
    """Cut the route between the second web host and all others; its commands go on."""
    network = stage.network
    if network is None or network.is_cut:
        return False
    network.cut()
    return Harm("web-2 reaches nobody", network.restore)


def _misset_clock(stage: Stage, chance: random.Random) -> Harm:
    """Set the clock of a host an hour fast or slow, while it runs."""
    name, seconds = chance.choice(stage.hosts + stage.workers).name, chance.choice((3600, -3600))
    stage.clock(name).write_text(str(seconds))
    return Harm(f"{name}, {seconds:+} s", lambda: stage.clock(name).unlink(missing_ok=True))


def _redeclare(stage: Stage, chance: random.Random) -> Service | bool:
    """Deploy the version before, or after, to one host: it declares the schedules in another zone."""
    struck = chance.choice(stage.hosts + stage.workers)
    version = stage.version(struck.name)
    if not struck.running:
        return False
    if version.exists():
        version.unlink()
    else:
        version.touch()
    struck.terminate()
    return struck


def _hosts(stage: Stage) -> list[Service]:
    return stage.hosts


def _workers(stage: Stage) -> list[Service]:
    return stage.workers


FAULTS = (
    Fault("web host, all of it", _service(_hosts, Service.kill_all)),
    Fault("web host, its master", _service(_hosts, Service.kill)),
    Fault("web host, one worker", _child(_hosts)),
    Fault("web host, a deploy", _service(_hosts, Service.terminate)),
    Fault("celery, all of a worker", _service(_workers, Service.kill_all), needs="celery"),
    Fault("celery, its master", _service(_workers, Service.kill), needs="celery"),
    Fault("celery, a pool process", _child(_workers), needs="celery"),
    Fault("celery, a deploy", _service(_workers, Service.terminate), needs="celery"),
    Fault("celery, messages twice", _deliver_again, needs="celery"),
    Fault("a subprocess", _subprocess, needs="subprocess"),
    Fault("the broker", _service(lambda stage: [stage.broker], Service.kill), (0.3, 4), needs="celery"),
    # This can be longer than a lease: holders must then stop their commands.
    Fault("the database", _service(lambda stage: [stage.database], lambda it: it.kill_all()), (0.3, 5)),
    Fault("the database, frozen", _freeze, (0.5, 5)),
    Fault("the database, full", _exhaust, (0.5, 4)),
    Fault("the network of a host", _cut, (0.5, 6)),
    Fault("a clock, an hour off", _misset_clock, (3, 12)),
    Fault("a deploy, another version", _redeclare),
)


def chosen(executors: set[str], only: str = "") -> list[Fault]:
    """The faults for these executors that have `only` in their names."""
    return [fault for fault in FAULTS if (not fault.needs or fault.needs in executors) and only in fault.name]


class Script:
    """Causes faults until the time is over: each kind once per round, in a random order."""

    def __init__(self, stage: Stage, seed: int, kinds: list[Fault], report: Callable[[str], None]) -> None:
        self._stage, self._chance, self._report = stage, random.Random(f"faults {seed}"), report
        self._kinds = kinds
        self.struck = Counter[str]()

    def play(self, seconds: float) -> None:
        """Cause faults for this many seconds; afterwards everything is started again."""
        until = time.monotonic() + seconds
        for fault in self._order():
            self._rest(self._chance.uniform(1, 3.5), until)
            if time.monotonic() >= until:
                break
            self._strike(fault)

    def _order(self) -> Iterator[Fault]:
        while True:
            yield from self._chance.sample(self._kinds, len(self._kinds))

    def _strike(self, fault: Fault) -> None:
        pause = self._chance.uniform(*fault.pause)
        struck = fault.strike(self._stage, self._chance)
        if not struck:  # there was no target
            return
        self.struck[fault.name] += 1
        if isinstance(struck, Service):
            struck.down_until = time.monotonic() + pause
            self._report(f"{fault.name}: {struck.name}, for {pause:.1f} s")
        elif isinstance(struck, Harm):
            struck.until = time.monotonic() + pause
            self._stage.harms.append(struck)
            self._report(f"{fault.name}: {struck.name}, for {pause:.1f} s")
        else:
            self._report(fault.name)

    def _rest(self, seconds: float, until: float) -> None:
        until = min(time.monotonic() + seconds, until)
        while (remaining := until - time.monotonic()) > 0:
            self._stage.keep_up()
            time.sleep(min(remaining, 0.1))
