"""Whether an upload may be shown: a model on this machine decides, or a service; in doubt, a person."""

from __future__ import annotations

from collections.abc import Sequence

from crm import conf
from crm.models import Upload
from crm.moderation.contents import text_of
from crm.moderation.judges import Outcome, ask_model, ask_service


def judge(uploads: Sequence[Upload]) -> list[Outcome]:
    """One outcome for each, in their order. All texts go to the model at once."""
    contents = [text_of(upload) for upload in uploads]
    judged = iter(_judge_texts([text for text in contents if isinstance(text, str)]))
    return [next(judged) if isinstance(content, str) else content for content in contents]


def _judge_texts(texts: Sequence[str]) -> list[Outcome]:
    return ask_service(texts) if conf.moderation_url() else ask_model(texts)
