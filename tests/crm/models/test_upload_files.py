from contextlib import contextmanager

import pytest
from django.core.files.storage import default_storage

from crm.models import Customer, Upload

from ..factories import NOW, customer, order, upload
from ..running import run

pytestmark = pytest.mark.django_db


def stored(*uploads):
    return [default_storage.exists(one.file.name) for one in uploads]


@pytest.fixture
def refusing(monkeypatch):
    """A while in which the storage deletes none of these files; none at all without any."""
    delete = default_storage.delete

    @contextmanager
    def refusing(*uploads):
        names = [one.file.name for one in uploads]

        def refuse(name):
            if name in names or not names:
                raise PermissionError(13, "Permission denied", name)
            delete(name)

        with monkeypatch.context() as patch:
            patch.setattr(default_storage._wrapped, "delete", refuse)
            yield

    return refusing


def test_the_file_goes_with_the_row():
    gone, other = upload(content=b"one"), upload(content=b"two")
    gone.delete()
    assert stored(gone, other) == [False, True]


def test_the_file_goes_with_the_customer():
    sender = customer()
    gone = [upload(content=b"one", buyer=sender), upload(content=b"two", buyer=sender)]
    Customer.objects.filter(pk=sender.pk).delete()
    assert stored(*gone) == [False, False]


def test_a_file_that_is_gone_already_is_no_obstacle():
    left = upload(content=b"one")
    default_storage.delete(left.file.name)  # as by a deletion that did not get to the row
    left.delete()
    assert not Upload.objects.exists()


def test_an_upload_without_a_file_can_be_deleted():
    upload("hello").delete()
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_deleted_keeps_its_row(refusing):
    upload(content=b"one")
    with refusing(), pytest.raises(PermissionError):
        Upload.objects.all().delete()
    assert Upload.objects.exists()


def test_the_clean_up_takes_uploads_and_their_files_along():
    never, former, present = customer(created_at=_long_ago()), customer(created_at=_long_ago()), customer()
    order(former, order_date=_long_ago())
    files = [upload(content=b"mine", buyer=someone) for someone in (never, former, present)]
    said = run("cleanup_inactive_customers", run_date=NOW)
    assert said.endswith("Inactive customers: 1 deleted, 1 anonymised.\n")
    assert stored(*files) == [False, False, True]
    assert [found.customer for found in Upload.objects.all()] == [present]


@pytest.mark.parametrize("ordered", [False, True])
def test_a_clean_up_that_cannot_delete_a_file_fails_and_the_next_one_fixes_it(refusing, ordered):
    sender = customer(created_at=_long_ago())
    if ordered:
        order(sender, order_date=_long_ago())
    first, second = upload(content=b"one", buyer=sender), upload(content=b"two", buyer=sender)
    with refusing(second), pytest.raises(PermissionError):
        run("cleanup_inactive_customers", run_date=NOW)
    assert Customer.objects.inactive(now=NOW).exists()
    assert Upload.objects.count() == 2
    run("cleanup_inactive_customers", run_date=NOW)
    assert (stored(first, second), Upload.objects.count()) == ([False, False], 0)


def _long_ago():
    return NOW.replace(year=NOW.year - 2)
