"""A service that judges texts, in place of the model on this machine.

It gets `POST {"text": "..."}` and answers `{"verdict": "approved", "reason": "..."}`, where the verdict
may also be `rejected` or `uncertain`. It should be one that may see what customers write.
"""

from __future__ import annotations

from collections.abc import Sequence

import requests
from pydantic import ValidationError

from crm import conf
from crm.bearer import Bearer
from crm.moderation.verdict import NotJudged, Outcome, Verdict

TIMEOUT = 10
"""Seconds for each wait on the service."""


def judge(texts: Sequence[str]) -> list[Outcome]:
    """One outcome per text. What fails for one text does not stop the others."""
    token = conf.moderation_token()
    with requests.Session() as session:
        session.auth = Bearer(token, "CRM_MODERATION_TOKEN") if token else None
        return [_ask(session, text) for text in texts]


def _ask(session: requests.Session, text: str) -> Outcome:
    """Errors are told by kind: their texts may quote what the customer wrote."""
    try:
        response = session.post(
            conf.moderation_url(), json={"text": text}, timeout=TIMEOUT, allow_redirects=False
        )
        if response.status_code != requests.codes.ok:
            return _failed(f"answered HTTP {response.status_code}")
        return Verdict.model_validate_json(response.content)
    except requests.RequestException as error:
        return _failed(f"did not answer: {type(error).__name__}")
    except ValidationError:
        return _failed('answered something else than {"verdict": ..., "reason": ...}')


def _failed(why: str) -> NotJudged:
    return NotJudged(f"the service of CRM_MODERATION_URL {why}")
