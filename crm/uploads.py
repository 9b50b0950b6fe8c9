"""The files of uploads go before their rows go."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete

from crm.models import Upload


def connect() -> None:
    """Follow every deletion, also that of a customer, which takes their uploads along."""
    pre_delete.connect(delete_file, sender=Upload, dispatch_uid="crm.uploads")


def delete_file(instance: Upload, **_: Any) -> None:
    """Now, rather than once the row is gone for good; a file that is gone already is no error.

    A row that stays because the rest of the deletion failed may have lost its file; deleting it again
    mends that. The other way round, nobody would ever find a file that stayed without its row.

    Raises:
        OSError: or what else the storage says. The row stays.
    """
    if name := instance.file.name:
        instance.file.storage.delete(name)
