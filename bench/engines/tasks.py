"""A hand-written task with the same body as the command."""

from celery import shared_task

from bench.engines.marks import mark


@shared_task
def bare() -> None:
    """The task that jobs_api is compared with."""
    mark("command")
