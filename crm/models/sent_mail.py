"""Which mails have gone out, so that a retry does not send them again."""

from __future__ import annotations

from django.db import models


class SentMail(models.Model):
    """One mail. Its `key` says what it was, for which slot and to whom."""

    key = models.CharField(max_length=300, unique=True)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
