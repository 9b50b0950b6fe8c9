import logging

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from crm.models import Customer, Upload

from .factories import NOW, customer, order, upload
from .running import run

COMMITS = pytest.mark.django_db(transaction=True)


def stored(*uploads):
    return [default_storage.exists(one.file.name) for one in uploads]


@COMMITS
def test_the_file_goes_with_the_row():
    gone, other = upload(content=b"one"), upload(content=b"two")
    gone.delete()
    assert stored(gone, other) == [False, True]


@COMMITS
def test_the_file_goes_with_the_customer():
    sender = customer()
    gone = [upload(content=b"one", buyer=sender), upload(content=b"two", buyer=sender)]
    Customer.objects.filter(pk=sender.pk).delete()
    assert stored(*gone) == [False, False]


@COMMITS
def test_the_file_stays_if_the_deletion_is_taken_back():
    kept = upload(content=b"one")
    with transaction.atomic():
        kept.delete()
        transaction.set_rollback(True)
    assert stored(kept) == [True]


@COMMITS
def test_an_upload_without_a_file_can_be_deleted():
    upload("hello").delete()
    assert not Upload.objects.exists()


@COMMITS
def test_a_file_that_cannot_be_deleted_is_logged_and_stops_no_other(monkeypatch, caplog):
    stuck, gone = upload(content=b"one"), upload(content=b"two")
    delete = default_storage.delete

    def refuse(name):
        if name == stuck.file.name:
            raise PermissionError(13, "Permission denied", name)
        delete(name)

    monkeypatch.setattr(default_storage._wrapped, "delete", refuse)
    with caplog.at_level(logging.ERROR):
        Upload.objects.all().delete()
    assert stored(stuck, gone) == [True, False]
    assert stuck.file.name in caplog.text


@COMMITS
def test_the_clean_up_takes_uploads_and_their_files_along():
    never, former, present = customer(created_at=_long_ago()), customer(created_at=_long_ago()), customer()
    order(former, order_date=_long_ago())
    files = [upload(content=b"mine", buyer=someone) for someone in (never, former, present)]
    said = run("cleanup_inactive_customers", run_date=NOW)
    assert said.endswith("Inactive customers: 1 deleted, 1 anonymised.\n")
    assert stored(*files) == [False, False, True]
    assert [found.customer for found in Upload.objects.all()] == [present]


def _long_ago():
    return NOW.replace(year=NOW.year - 2)
