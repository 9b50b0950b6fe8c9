"""A command may run coroutines that use the database, whatever server has called it.

Under ASGI, the thread of the view is also the one for the ORM's asynchronous methods: without another thread,
the command would wait for itself.
"""

import asyncio
import json

import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.db import connection, connections
from django.test import AsyncClient

from jobs_api.models import JobRun
from tests.conftest import BEARER
from tests.toys import behaviours

from .attempts import elsewhere, output_of, performed

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/jobs/nightly/run"


def by_wsgi(client):
    return client.post(PATH, headers=BEARER).json()


def by_asgi(client):
    """As uvicorn and daphne call Django."""
    headers = [(b"host", b"testserver"), (b"authorization", BEARER["Authorization"].encode())]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}

    async def ask():
        server = ApplicationCommunicator(ASGIHandler(), scope)
        await server.send_input({"type": "http.request", "body": b""})
        await server.receive_output(30)
        body = (await server.receive_output(30))["body"]
        await server.wait(30)
        return json.loads(body)

    return asyncio.run(ask())


def by_the_asynchronous_test_client(client):
    return async_to_sync(AsyncClient().post)(PATH, headers=BEARER).json()


CALLS = [by_wsgi, by_asgi, by_the_asynchronous_test_client]
BEHAVIOURS = {
    "asks_by_asyncio": "by asyncio: [1, 1, 1]\n",
    "asks_by_asgiref": "on the way\nby asgiref: 1\n",
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("call", CALLS)
def test_a_command_can_await_the_orm_under_every_kind_of_server(declare, client, call, behaviour):
    declare(options={"behave": behaviour})
    assert call(client)["outcome"] == "succeeded"
    run = elsewhere(JobRun.objects.get)
    assert (run.state, output_of(run)) == ("succeeded", BEHAVIOURS[behaviour])


def test_the_thread_of_its_coroutines_ends_with_the_run_and_so_does_its_connection(declare, toy):
    used, before = [], len(SyncToAsync.context_to_thread_executor)

    def ask():
        print("in the other thread")
        connection.ensure_connection()
        used.append(connections["default"])

    toy(lambda command, **options: asyncio.run(sync_to_async(ask)()))
    run = performed(declare())
    assert (run.state, output_of(run)) == ("succeeded", "in the other thread\n")
    assert used[0].connection is None
    assert used[0] is not connections["default"]
    assert len(SyncToAsync.context_to_thread_executor) == before


def test_a_coroutine_that_fails_is_a_failure_of_the_command(declare, toy):
    async def fail():
        await JobRun.objects.aget(pk=0)

    toy(lambda command, **options: asyncio.run(fail()))
    run = performed(declare())
    assert (run.state, run.reason) == ("failed", "error")
    assert behaviours.JobRun.DoesNotExist.__name__ in run.error
