"""A service that the seeded jobs call: it answers late until somebody writes the file `back`."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import requests

HOST = "api.stripe.example"
BACK = "stripe-is-back"
"""The file in the folder of the seeded project that tells that the service answers again."""


def charges(hour: int) -> int:
    """How many charges there were.

    Raises:
        ReadTimeout: it does not answer.
    """
    if not (Path(os.environ["SEED_FOLDER"]) / BACK).exists():
        _ask_one_that_is_silent()
    return 214 + hour


def _ask_one_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/charges"
        with requests.Session() as session:
            session.trust_env = False
            try:
                session.get(url, timeout=0.05)
            except requests.ReadTimeout as error:
                raise requests.ReadTimeout(HOST) from error
