import pytest
from django.core.files.storage import default_storage

from crm.models import Upload

from ..factories import ago, customer, upload
from .pages import act, change_page, colleague, page

pytestmark = pytest.mark.django_db
DOUBT = {"reason": "model: 0.54 offensive", "checked_at": ago(minutes=1)}


def found(row):
    return Upload.objects.values_list("status", "reason").get(pk=row.pk)


def file_page(row):
    return page(row, "file", row.pk)


def test_a_person_finds_what_waits_for_them(admin_client):
    waiting, _unchecked = upload("hm", **DOUBT), upload("new")
    upload("no", status="rejected", **DOUBT)
    listed = admin_client.get(
        page(Upload, "changelist"), {"status__exact": "pending", "checked_at__isempty": "0"}
    )
    assert list(listed.context["cl"].result_list) == [waiting]


def test_the_list_shows_how_a_text_begins(admin_client):
    upload("Hm, well. " * 20 + "<b>", **DOUBT)
    listed = admin_client.get(page(Upload, "changelist")).content.decode()
    assert "Hm, well. Hm, well." in listed
    assert "well. " * 20 not in listed


@pytest.mark.parametrize(("action", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_a_person_decides_and_it_is_on_record_who(admin_client, no_saves, action, status):
    chosen = [upload("hm", **DOUBT), upload("new"), upload("no", status=status, **DOUBT)]
    no_saves()
    assert act(admin_client, action, *chosen) == [f"{status.title()}: 2 of 3."]
    by = (status, "by admin")
    assert [found(row) for row in chosen] == [by, by, (status, DOUBT["reason"])]
    assert not Upload.objects.filter(checked_at=None).exists()


def test_a_person_overrules_the_model(admin_client):
    rejected = upload("The cock crows at dawn", status="rejected", **DOUBT)
    act(admin_client, "approve", rejected)
    assert found(rejected) == ("approved", "by admin")


def test_what_leaves_a_filtered_list_is_counted(admin_client):
    chosen = [upload("hm", **DOUBT), upload("hm", **DOUBT)]
    assert act(admin_client, "approve", *chosen, checked_at__isempty="0") == ["Approved: 2 of 2."]


def test_deciding_takes_the_permission_to_change():
    waiting = upload("hm", **DOUBT)
    act(colleague("crm.view_upload"), "approve", waiting)
    assert found(waiting)[0] == "pending"
    act(colleague("crm.view_upload", "crm.change_upload"), "approve", waiting)
    assert found(waiting)[0] == "approved"


def test_what_a_stranger_wrote_is_shown_as_text(admin_client):
    shown = admin_client.get(change_page(upload("<script>alert(1)</script>"))).content
    assert b"&lt;script&gt;alert(1)" in shown
    assert b"<script>alert(1)" not in shown


def test_a_file_can_be_saved_but_is_not_shown_as_a_page(admin_client):
    sent = upload(content=b"<script>alert(1)</script>", file="page.html")
    assert file_page(sent).encode() in admin_client.get(change_page(sent)).content
    answer = admin_client.get(file_page(sent))
    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_for_those_who_may_look():
    sent = upload(content=b"private")
    assert colleague("crm.view_customer").get(file_page(sent)).status_code == 403
    assert colleague("crm.view_upload").get(file_page(sent)).status_code == 200


def test_a_file_is_not_for_visitors(client):
    assert client.get(file_page(upload(content=b"private"))).status_code == 302


def test_where_there_is_no_file_there_is_no_page(admin_client):
    only_text, gone = upload("hello"), upload(content=b"gone")
    default_storage.delete(gone.file.name)
    assert admin_client.get(change_page(only_text)).status_code == 200
    for row in (only_text, gone):
        assert admin_client.get(file_page(row)).status_code == 404


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "uploads"])
def test_where_the_file_cannot_be_read_there_is_no_page(admin_client, name):
    odd = upload(content=b"private")
    Upload.objects.filter(pk=odd.pk).update(file=name)
    assert admin_client.get(change_page(odd)).status_code == 200
    assert admin_client.get(file_page(odd)).status_code == 404


def test_an_upload_can_be_added_and_waits_for_the_model(admin_client):
    admin_client.post(page(Upload, "add"), {"customer": customer().pk, "text": "hello"})
    assert list(Upload.objects.unchecked().values_list("text", flat=True)) == ["hello"]


def test_an_empty_one_is_refused_with_a_reason(admin_client):
    answer = admin_client.post(page(Upload, "add"), {"customer": customer().pk})
    assert b"Send a text or a file" in answer.content
