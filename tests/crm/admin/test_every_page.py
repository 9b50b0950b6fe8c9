import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import OrderItem

from .pages import MAKE, REGISTERED, change_page, colleague, every_model, page

pytestmark = pytest.mark.django_db


def test_every_model_has_pages_but_items_which_stand_in_their_orders():
    assert set(REGISTERED) == set(apps.get_app_config("crm").get_models()) - {OrderItem}
    assert set(MAKE) == set(REGISTERED)


@every_model
def test_every_list_and_every_row_can_be_opened(admin_client, model):
    row = MAKE[model]()
    for address in (page(model, "changelist"), change_page(row)):
        assert admin_client.get(address).status_code == 200


@every_model
def test_every_list_can_be_searched_and_filtered(admin_client, model):
    listed = admin_client.get(page(model, "changelist"), {"q": "x"})
    assert listed.status_code == 200
    for choices in listed.context["cl"].filter_specs:
        for choice in choices.choices(listed.context["cl"]):
            assert admin_client.get(page(model, "changelist") + choice["query_string"]).status_code == 200


@every_model
def test_a_list_of_more_rows_takes_no_more_statements(admin_client, model):
    taken = []
    for rows in (10, 40):
        for _ in range(rows):
            MAKE[model]()
        with CaptureQueriesContext(
            connection,
        ) as statements:
            listed = admin_client.get(page(model, "changelist"))
        taken.append(len(statements))
    assert len(listed.context["cl"].result_list) == 50
    assert taken[0] == taken[1]


@every_model
def test_a_stranger_on_the_staff_sees_nothing(model):
    row = MAKE[model]()
    for address in (page(model, "changelist"), change_page(row)):
        assert colleague().get(address).status_code == 403


@every_model
def test_whoever_may_look_can_look_and_gets_no_action(model):
    row, client = MAKE[model](), colleague(f"crm.view_{model._meta.model_name}")
    listed = client.get(page(model, "changelist"))
    assert listed.status_code == 200
    assert listed.context["cl"].model_admin.get_actions(listed.wsgi_request) == {}
    assert client.get(change_page(row)).status_code == 200
    assert client.post(change_page(row), {}).status_code == 403


@pytest.mark.parametrize("model", ["order", "payment", "paymentdifference", "sentmail", "webhookdelivery"])
def test_what_programs_write_is_not_written_by_hand(admin_client, model):
    (kind,) = (kind for kind in REGISTERED if kind._meta.model_name == model)
    assert admin_client.get(page(kind, "add")).status_code == 403
    assert admin_client.post(change_page(MAKE[kind]()), {}).status_code == 403


@pytest.mark.parametrize("model", ["order", "payment", "paymentdifference", "sentmail"])
def test_history_is_not_deleted(admin_client, model):
    (kind,) = (kind for kind in REGISTERED if kind._meta.model_name == model)
    row = MAKE[kind]()
    assert admin_client.post(page(kind, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert kind.objects.filter(pk=row.pk).exists()
