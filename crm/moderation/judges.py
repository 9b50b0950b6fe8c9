"""Who judges a text: the model on this machine, or a service that settings name.

The model is the one of alt-profanity-check, which comes with its package: nothing is downloaded. It knows
English words, one by one and without their order.

The service gets `POST {"text": "..."}` and answers `{"verdict": "approved", "reason": "..."}`, where the
verdict may also be `rejected` or `uncertain`. It should be one that may see what customers write.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Literal

import requests
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from crm import conf
from crm.bearer import Bearer
from crm.models import UploadStatus

APPROVE_BELOW, REJECT_ABOVE = 0.2, 0.95
"""Between the two, a person decides. The model gives polite letters less than 0.1, and clear insults 0.98 to
1.00; but complaints, the name Dick and any German text with `die` get 0.5 to 0.95, too."""
WORDS = 10
"""Words in one piece. A long friendly text would hide an insult, so the worst of its pieces counts."""
TIMEOUT = 10
"""Seconds for each wait on the service."""

STATUS = {
    "approved": UploadStatus.APPROVED,
    "rejected": UploadStatus.REJECTED,
    "uncertain": UploadStatus.PENDING,  # until a person has decided
}


def _one_short_line(text: str) -> str:
    """As the column and the output of the job need it: PostgreSQL does not store NUL, for example."""
    shown = "".join(character for character in text if character.isprintable() or character.isspace())
    return " ".join(shown.split())[:200]


class Verdict(BaseModel):
    """A decision, or `uncertain`, and why."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    verdict: Literal["approved", "rejected", "uncertain"]
    reason: Annotated[str, AfterValidator(_one_short_line), Field(min_length=1)]

    @property
    def status(self) -> UploadStatus:
        """The state that it gives the upload."""
        return STATUS[self.verdict]


class NotJudged(Exception):
    """Why an upload could not be judged now. It stays as it is, for the next run."""


Outcome = Verdict | NotJudged


def ask_model(texts: Sequence[str]) -> list[Outcome]:
    """One verdict per text; the model is asked once."""
    # Not above: the model takes over a second to load, and 120 MB.
    from profanity_check import predict_prob

    pieces = [_pieces(text) for text in texts]
    nothing, *scores = predict_prob(["", *(piece for some in pieces for piece in some)])
    following = iter(scores)
    return [_verdict(list(islice(following, len(some))), nothing) for some in pieces]


def _pieces(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[start : start + WORDS]) for start in range(0, len(words), WORDS)]


def _verdict(scores: Sequence[float], nothing: float) -> Verdict:
    """`nothing` is the score of a text without any word that the model knows."""
    if all(score == nothing for score in scores):
        return Verdict(verdict="uncertain", reason="model: knows none of the words")
    worst = max(scores)
    reason = f"model: {worst:.2f} offensive"
    if worst < APPROVE_BELOW:
        return Verdict(verdict="approved", reason=reason)
    return Verdict(verdict="rejected" if worst > REJECT_ABOVE else "uncertain", reason=reason)


def ask_service(texts: Sequence[str]) -> list[Outcome]:
    """One outcome per text. A failure for one text does not stop the others."""
    token = conf.moderation_token()
    with requests.Session() as session:
        session.auth = Bearer(token, "CRM_MODERATION_TOKEN") if token else None
        return [_ask(session, text) for text in texts]


def _ask(session: requests.Session, text: str) -> Outcome:
    """Only the kind of an error is reported: its text may quote what the customer wrote."""
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
