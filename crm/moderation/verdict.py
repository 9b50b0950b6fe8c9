"""What can come out of judging an upload."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crm.models import UploadStatus

STATUS = {
    "approved": UploadStatus.APPROVED,
    "rejected": UploadStatus.REJECTED,
    "uncertain": UploadStatus.PENDING,  # until a person has decided
}


def _one_short_line(text: str) -> str:
    """As the column and the output of the job need it: PostgreSQL, for one, stores no NUL."""
    shown = "".join(character for character in text if character.isprintable() or character.isspace())
    return " ".join(shown.split())[:200]


class Verdict(BaseModel):
    """A decision, or `uncertain`, and why."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    verdict: Literal["approved", "rejected", "uncertain"]
    reason: Annotated[str, AfterValidator(_one_short_line), Field(min_length=1)]

    @property
    def status(self) -> UploadStatus:
        """Where the upload stands with it."""
        return STATUS[self.verdict]


class NotJudged(Exception):
    """An upload that nobody could judge now, and why. It stays as it was, for the next run."""


Outcome = Verdict | NotJudged
