"""GET in the place of POST, for platforms that can send nothing else: only where ALLOW_GET says so.

Only the two endpoints that a schedule calls answer it, and never HEAD, which monitors and previews send. What
a GET may not do is said where its query and its body are read: `is_by_get` tells.
"""

from __future__ import annotations

import copy
from typing import Any

from django.http import HttpRequest

from jobs_api.conf import config

ENDPOINTS = ("trigger", "run-due")
"""By the names of their URLs."""
OPERATIONS = ("trigger", "trigger_due")
"""By their names in the OpenAPI document."""
_MARK = "jobs_api_by_get"
NO_FORCE = (
    "`force` needs a POST: anything that follows a URL may send a GET again, and must change nothing then."
)


def allowed(endpoint: str | None) -> bool:
    """Whether this endpoint answers GET, too."""
    return endpoint in ENDPOINTS and config().allow_get is True


def take(request: HttpRequest) -> None:
    """Let a GET be answered as a POST."""
    request.method = "POST"
    setattr(request, _MARK, True)


def give_back(request: HttpRequest) -> None:
    """For the host's middleware the request is what it was."""
    if is_by_get(request):
        request.method = "GET"


def is_by_get(request: HttpRequest) -> bool:
    """Whether it was sent as a GET."""
    return hasattr(request, _MARK)


def document(schema: dict[str, Any]) -> None:
    """Add the GET of these endpoints to the OpenAPI document, where it is allowed."""
    if config().allow_get is not True:
        return
    for methods in schema["paths"].values():
        if methods.get("post", {}).get("operationId") in OPERATIONS:
            methods["get"] = _of_get(methods["post"])
    schema["components"]["headers"]["Allow"] = _with_both(schema["components"]["headers"]["Allow"])


def _of_get(post: dict[str, Any]) -> dict[str, Any]:
    found = {key: copy.deepcopy(value) for key, value in post.items() if key != "requestBody"}
    found["operationId"] += "_by_get"
    found["summary"] += ", by GET"
    found["parameters"] = [each for each in found["parameters"] if each["name"] != "force"]
    return found


def _with_both(header: dict[str, Any]) -> dict[str, Any]:
    schema = header["schema"]
    return {**header, "schema": {**schema, "enum": [*schema["enum"], "GET, POST"]}}
