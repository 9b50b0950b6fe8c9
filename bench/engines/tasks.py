"""The task that people write by hand: its body is the command's."""

from celery import shared_task

from bench.engines.marks import mark


@shared_task
def bare() -> None:
    """What ours is compared with."""
    mark("command")
