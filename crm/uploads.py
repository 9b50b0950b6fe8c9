"""The files of uploads go when their rows go."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete

from crm.models import Upload


def connect() -> None:
    """Follow every deletion, also that of a customer, which takes their uploads along."""
    post_delete.connect(delete_file, sender=Upload, dispatch_uid="crm.uploads")


def delete_file(instance: Upload, using: str, **_: Any) -> None:
    """Once it is certain that the row is gone. A file that cannot be deleted is logged and stops no other."""
    if name := instance.file.name:
        transaction.on_commit(lambda: instance.file.storage.delete(name), using=using, robust=True)
