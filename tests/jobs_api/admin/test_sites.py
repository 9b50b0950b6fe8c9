"""Projects with a site of their own, with a page of their own for a table of ours, or with a replica."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from jobs_api.admin import PAGES, register
from jobs_api.models import JobPause, JobRun, Token
from tests.conftest import NOON
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import MAKE, every_model, listed, order, order_page, page_of, run, token

pytestmark = [pytest.mark.django_db, ONE_DATABASE]

office = AdminSite("office")
register(office)
urlpatterns = [path("office/", office.urls), path("admin/", admin.site.urls)]


@pytest.mark.urls(__name__)
def test_a_site_of_the_project_has_the_same_pages_and_orders(admin_client, declare):
    declare()
    row = token()
    assert "/office/jobs_api/token/" in admin_client.get("/office/").text
    page = admin_client.get(f"/office/jobs_api/token/{row.pk}/change/")
    assert f'href="/office/jobs_api/token/order/revoke/?pk={row.pk}"' in page.text
    sent = {"action": "revoke", "_selected_action": [row.pk], "index": 0}
    asked = admin_client.post("/office/jobs_api/token/", sent, follow=True)
    assert asked.redirect_chain[0][0].startswith("/office/")
    assert 'action="/office/jobs_api/token/order/revoke/"' in asked.text
    done = admin_client.post("/office/jobs_api/token/order/revoke/", {"pk": f"{row.pk}.0"})
    assert done["Location"].startswith("/office/")
    assert Token.objects.get().revoked_at is not None


def test_a_page_that_the_project_has_registered_before_stays():
    class Own(ModelAdmin):
        pass

    site = AdminSite("own")
    site.register(JobRun, Own)
    register(site)
    register(site)
    assert type(site._registry[JobRun]) is Own
    assert set(site._registry) == set(PAGES)


class Replica:
    """Reads of ours go elsewhere: here, nowhere."""

    def db_for_read(self, model, **hints):
        assert model._meta.app_label != "jobs_api", f"{model.__name__} was read from a replica."

    def db_for_write(self, model, **hints):
        return "default"


@every_model
def test_no_page_reads_from_a_replica(admin_client, model, settings):
    row = MAKE[model]()
    settings.DATABASE_ROUTERS = [f"{__name__}.Replica"]
    pages = [listed(model), page_of(row)]
    pages += [f"{order_page(model, each.name)}?pk={row.pk}" for each in PAGES[model].orders]
    for page in pages:
        assert admin_client.get(page).status_code == 200


def test_no_order_reads_from_a_replica(admin_client, declare, toy, settings):
    toy(lambda command, **options: None)
    job = declare()
    failed, paused = run(job=job, state="failed"), JobPause.objects.create(job_name=job.name, started_at=NOON)
    settings.DATABASE_ROUTERS = [f"{__name__}.Replica"]
    assert "Resumed" in order(admin_client, "resume", paused)[0]
    assert "Succeeded" in order(admin_client, "rerun", failed)[0]


@every_model
def test_a_person_in_another_language_gets_the_pages(admin_client, model, settings):
    settings.LANGUAGE_CODE = "de"
    settings.USE_THOUSAND_SEPARATOR = True
    row = MAKE[model]()
    assert admin_client.get(listed(model)).status_code == 200
    assert admin_client.get(page_of(row)).status_code == 200
