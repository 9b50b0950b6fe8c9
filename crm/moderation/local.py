"""The model of alt-profanity-check, which comes with its package: nothing is downloaded.

It knows English words, one by one and without their order. Importing this module loads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from profanity_check import predict_prob

from crm.moderation.verdict import Outcome, Verdict

APPROVE_BELOW, REJECT_ABOVE = 0.2, 0.95
"""In between a person decides. The model gives polite letters under 0.1 and plain insults 0.98 to 1.00;
0.5 to 0.95 is also what it gives complaints, the name Dick and any German text with `die`."""
WORDS = 10
"""A long friendly text around an insult would get a friendly score, so the worst of its pieces counts."""


def judge(texts: Sequence[str]) -> list[Outcome]:
    """One verdict per text; the model is asked once."""
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
