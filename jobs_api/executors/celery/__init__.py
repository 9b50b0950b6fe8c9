"""Send the attempt to a worker of the host's Celery.

Celery only delivers: its message carries two numbers, and the database decides what happens. A message that
is delivered twice begins once; a lost one is reaped after `start_within`. `broker` sends messages, `worker`
runs them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jobs_api.conf import config
from jobs_api.exceptions import SubmitFailed
from jobs_api.executors import Executor, memory_faults
from jobs_api.executors.celery import broker
from jobs_api.models import JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs.types import Lease

if TYPE_CHECKING:
    from kombu import Connection

NAMES = ("queue", "routing_key", "exchange")
"""Options whose value is a name. Only these, "priority" and "memory_mb" are accepted."""


class Celery(Executor):
    """Runs attempts on the workers of `celery.current_app`."""

    def submit(self, job: Job, lease: Lease) -> None:
        """Send the message.

        Raises:
            SubmitFailed: the broker did not accept it within about three seconds. If it did nevertheless, the
                attempt is already closed when the message arrives, and cannot begin.
        """
        try:
            broker.through(lambda connection: _send(job, lease, connection, self.start_within))
        except Exception as error:  # noqa: BLE001 - drivers, TLS, name servers, serializers
            raise SubmitFailed(f"The broker did not accept the message: {broker.described(error)}.") from None

    def revoke(self, run: JobRun) -> None:
        """Let workers discard the message, which saves them a query. Waits a second at most."""
        if run.state == State.CLAIMED:  # a running attempt learns it from its heartbeat
            # In a thread, because kombu may try to send this without end if the broker is lost meanwhile.
            task_id = _task_id(run.pk, run.attempt)
            thread = threading.Thread(
                target=broker.revoke, args=[task_id], name="jobs_api-revoke", daemon=True
            )
            thread.start()
            thread.join(broker.STEP_SECONDS)

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Options that are unknown or wrong, and a client that is not installed."""
        known = {*NAMES, "priority", "memory_mb"}
        yield from super().faults({name: value for name, value in options.items() if name not in known})
        for name in NAMES:
            if not isinstance(value := options.get(name, "-"), str) or not value:
                yield f"{name}={value!r:.80} is not a name", "A string, as apply_async expects it."
        if (value := options.get("priority", 0)) not in range(10) or isinstance(value, bool):
            yield f"priority={value!r:.80} is not a priority", "0 to 9. RabbitMQ runs 9 first, Redis 0."
        yield from memory_faults(options)
        yield from _missing()

    def cautions(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Report a Celery without a broker, one that only pretends to send, and messages without a worker."""
        if any(_missing()):
            return
        from celery import current_app

        if not current_app.conf.broker_write_url:
            yield "Celery has no broker", "Set CELERY_BROKER_URL, or broker_url where your app reads it."
        if current_app.conf.task_always_eager:
            text = "Celery's task_always_eager is on: the command runs in the request, where nothing kills it"
            yield text, "Remove it outside of tests, or use the executor inline."
        if "exchange" in options and "queue" not in options and _on_redis():
            text = "on Redis, an exchange that is not direct loses what is sent to it by its name alone"
            yield text, "Name a queue of your task_queues that is bound to it, and the routing_key."


def _send(job: Job, lease: Lease, connection: Connection, start_within: float | None) -> None:
    from jobs_api.executors.celery.worker import attempt

    within = config().start_within_seconds if start_within is None else start_within
    message = {"expires": within, **_limits(job), **_route(job)}
    attempt.apply_async(
        (lease.run_id, lease.attempt),
        task_id=_task_id(lease.run_id, lease.attempt),
        shadow=job.name,  # shown in logs and Flower
        retry=False,
        add_to_parent=False,
        **{"connection": connection, **message},
    )


def _route(job: Job) -> dict[str, Any]:
    return {name: value for name, value in job.routing.items() if name in (*NAMES, "priority")}


def _task_id(run_id: int, attempt: int) -> str:
    return f"jobs-api-{run_id}-{attempt}"


def _limits(job: Job) -> dict[str, float]:
    """Celery's own time limits, later than ours: they only apply if ours did not work.

    Before a command starts, and when its result is written, the database may be away for a lease.
    """
    soft = job.timeout + config().kill_seconds + config().lease_seconds
    return {"soft_time_limit": soft, "time_limit": soft + config().lease_seconds}


# -- system checks ----------------------------------------------------------------------------


def _missing() -> Iterator[tuple[str, str]]:
    """What is not installed."""
    if not find_spec("celery"):
        yield "Celery is not installed", 'pip install "celery>=5.5"'
        return
    if _on_redis() and not find_spec("redis"):
        yield "Celery's broker is a Redis, whose client is not installed", 'pip install "celery[redis]>=5.5"'


def _on_redis() -> bool:
    from celery import current_app

    return str(current_app.conf.broker_write_url).startswith(("redis", "sentinel"))


executor = Celery()
