"""GraphQL over HTTP, as its users send it."""

import json

from django.utils import timezone

from crm import api_keys

from .factories import user

HELLO = {"data": {"hello": "Hello, GraphQL!"}}


def post(client, document, *, key=None, path="/graphql", headers=None, **variables):
    """The answer to one document."""
    body = json.dumps({"query": document, "variables": variables})
    bearer = {"authorization": f"Bearer {key}"} if key is not None else {}
    return client.post(path, body, content_type="application/json", headers=bearer | (headers or {}))


def key_with(*permissions):
    """A new key of a new user with these permissions."""
    return api_keys.create(user(*permissions), "test", now=timezone.now())[1]


def told(answer):
    """The messages of the errors in an answer."""
    return [error["message"] for error in answer.json().get("errors", [])]
