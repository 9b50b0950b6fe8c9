"""The admin shows our tables, quickly, and edits nothing whoever asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.admin import PAGES, base
from jobs_api.models import (
    AlertMessage,
    AlertTurn,
    AuditEntry,
    HistoryMark,
    JobAttempt,
    JobDay,
    JobDeclaration,
    JobHistory,
    JobHost,
    JobRun,
    JobState,
    JobTotals,
    RefusedCall,
    SourceHour,
    Token,
    TriggerCount,
    TriggerSource,
)
from tests.conftest import NOON, stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import (
    MAKE,
    MODELS,
    address,
    attempt,
    entry,
    every_model,
    incident,
    listed,
    order_page,
    page_of,
    pause,
    person,
    run,
    token,
    viewer,
)

pytestmark = pytest.mark.django_db

LEFT_OUT = {
    AlertMessage: "on the page of its incident",
    AlertTurn: "whose turn it is to evaluate: health names what is stuck",
    JobDeclaration: "known-since, which /api/jobs and health use",
    JobHost: "jobs_list --hosts compares them",
    JobState: "of version 0.1.0",
    JobTotals: "for /metrics",
    JobDay: "the dashboard shows it",
    JobHistory: "the dashboard shows it",
    SourceHour: "the dashboard shows it",
    RefusedCall: "the dashboard shows it",
    HistoryMark: "for the dashboard",
    TriggerCount: "counts by day, for /metrics and the dashboard",
    TriggerSource: "jobs_list --sources and /api/sources tell which is silent, which its row does not say",
}


def test_every_table_has_pages_or_is_left_out_on_purpose():
    assert set(apps.get_app_config("jobs_api").get_models()) == {*PAGES, *LEFT_OUT}
    assert set(MAKE) == set(PAGES)
    assert all(admin.site.is_registered(model) for model in PAGES)


# -- who sees what ----------------------------------------------------------------------------


@every_model
def test_every_list_and_every_row_can_be_opened(admin_client, model):
    row = MAKE[model]()
    for page in (listed(model), page_of(row)):
        answer = admin_client.get(page)
        assert answer.status_code == 200
        assert "times in UTC" in answer.text


@ONE_DATABASE
@every_model
def test_whoever_may_not_look_sees_nothing(model):
    row = MAKE[model]()
    for page in (listed(model), page_of(row), address(row, "history", row.pk)):
        assert Client().get(page).status_code == 302
        assert person(is_staff=False).get(page).status_code == 302
        assert person().get(page).status_code == 403
        assert person("operate_jobrun").get(page).status_code == 403


@ONE_DATABASE
@every_model
def test_whoever_may_look_can_look_and_gets_no_order(model):
    row, client = MAKE[model](), viewer(model)
    page = client.get(listed(model))
    assert page.status_code == 200
    assert page.context["cl"].model_admin.get_actions(page.wsgi_request) == {}
    for answer in (page, client.get(page_of(row))):
        assert "/order/" not in answer.text
        assert 'name="action"' not in answer.text


@ONE_DATABASE
@every_model
def test_nobody_adds_edits_or_deletes(model, admin_client):
    row = MAKE[model]()
    everything = person(
        *Permission.objects.filter(content_type__app_label="jobs_api").values_list("codename", flat=True)
    )
    for client in (admin_client, everything):
        assert client.get(address(row, "add")).status_code == 403
        for page in (address(row, "add"), page_of(row), address(row, "delete", row.pk)):
            for query in ("", "?_popup=1", "?_to_field=id"):
                assert client.post(page + query, {"post": "yes", "_saveasnew": "1"}).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": [row.pk], "index": 0, "post": "yes"}
        client.post(listed(model), sent)
        client.post(listed(model), {"_save": "1", "form-0-id": row.pk, "form-TOTAL_FORMS": 1})
    assert model.objects.filter(pk=row.pk).exists()


@ONE_DATABASE
def test_actions_that_a_project_has_for_all_its_tables_do_not_reach_ours(admin_client, monkeypatch):
    monkeypatch.setitem(admin.site._actions, "export", lambda page, request, rows: 1 / 0)
    token()
    for model in MODELS:
        page = admin_client.get(listed(model))
        assert "export" not in page.context["cl"].model_admin.get_actions(page.wsgi_request)


def test_attempts_are_not_in_the_index_and_seen_by_whoever_may_see_runs(admin_client):
    assert "jobattempt" not in admin_client.get("/admin/").text
    assert viewer(JobRun).get(page_of(attempt())).status_code == 200


# -- what is shown ----------------------------------------------------------------------------


def test_no_page_shows_the_digest_of_a_token(admin_client):
    row = token()
    for page in (listed(Token), page_of(row)):
        text = admin_client.get(page).text
        assert row.name in text
        assert row.digest not in text


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Token, "digest__startswith=a"),
        (Token, "digest=a"),
        (JobRun, "output_head__contains=a"),
        (JobRun, "run_date__year=2026"),
        (JobRun, "superseded__state=failed"),
        (JobAttempt, "run__job_name=nightly"),
        (AuditEntry, "reason__regex=(a+)%2B$"),
    ],
)
def test_no_list_can_be_asked_by_anything_but_its_filters(admin_client, model, query):
    MAKE[model]()
    assert admin_client.get(f"{listed(model)}?{query}").status_code == 400


def test_a_run_whose_holder_is_silent_is_lost_on_both_pages(admin_client):
    row = run(state="running", lease_expires_at=timezone.now() - timedelta(hours=1))
    for page in (listed(JobRun), page_of(row), f"{listed(JobRun)}?state=failed"):
        assert "failed lost" in admin_client.get(page).text
    assert "failed lost" not in admin_client.get(f"{listed(JobRun)}?state=running").text


def test_a_run_shows_all_its_attempts_and_its_output(admin_client, declare):
    job = declare(owner="Zoë", runbook="https://wiki.example.com/x", tags=("money",), max_attempts=5)
    row = run(job=job, attempt=2, tries=2, output_head=b"second\n", output_size=7, options={"days": 7})
    earlier = JobAttempt.objects.create(
        run=row, attempt=1, state="failed", reason="exit", output_head=b"first\n", output_size=6
    )
    text = admin_client.get(page_of(row)).text
    for part in (
        "Zoë",
        'href="https://wiki.example.com/x"',
        "money",
        "2 of 5",
        "&quot;days&quot;: 7",
        "second\n",
    ):
        assert part in text
    assert "first\n" not in text
    assert f"../../../jobattempt/{earlier.pk}/change/" in text
    assert "first\n" in admin_client.get(page_of(earlier)).text


EVIL = "<script>alert(1)</script>\x1b[31mred\x1b[0m \x1b[2K\u202egnp.exe"


@ONE_DATABASE
def test_nothing_that_somebody_wrote_acts(admin_client, declare):
    job = declare(owner="<b>o</b>")
    texts = dict.fromkeys(("source", "actor", "comment", "note", "error", "holder", "executor"), EVIL)
    written = EVIL.encode()
    rows = [
        run(job=job, attempt=1, options={EVIL: EVIL}, output_head=written, output_size=len(written), **texts),
        attempt(output_head=written, output_size=len(written), **texts),
        pause(actor=EVIL, comment=EVIL),
        incident(subject=EVIL, detail=EVIL, facts={"x": EVIL}, comment=EVIL, acknowledged_by=EVIL),
        entry(actor=EVIL, reason=EVIL, details={"x": EVIL}),
    ]
    AlertMessage.objects.create(
        incident=rows[3], channel="ops", event="opened", created_at=NOON, tries=3, error=EVIL
    )
    for row in rows:
        orders = [f"{order_page(row, each.name)}?pk={row.pk}" for each in PAGES[type(row)].orders]
        for page in (listed(row), page_of(row), *orders):
            text = admin_client.get(page).text
            assert "alert(1)" in text or page != page_of(row)
            for part in ("<script>alert(1)", "\x1b", "\u202e", "<b>o</b>"):
                assert part not in text


def test_long_output_is_cut_at_its_beginning(admin_client, monkeypatch):
    monkeypatch.setattr("jobs_api.admin.showing.MOST_CHARACTERS", 10)
    row = run(output_head=b"begin" * 20 + b"the end...", output_size=110)
    text = admin_client.get(page_of(row)).text
    assert "100 characters before this are left out" in text
    assert "the end..." in text
    assert "beginbegin" not in text


def test_times_are_in_the_viewers_zone_and_the_zone_of_the_job_is_named(admin_client, declare):
    row = stored_run(declare(timezone="America/New_York"), NOON)
    with timezone.override("Europe/Berlin"):
        for page in (listed(JobRun), page_of(row)):
            text = admin_client.get(page).text
            assert "times in Europe/Berlin" in text
            assert "2026-11-20 13:00:00" in text
            assert "America/New_York" in text
    assert "2026-11-20 07:00:00-05:00 America/New_York" in text


def test_a_run_of_a_job_that_is_gone_can_be_opened(admin_client):
    assert "not declared here" in admin_client.get(page_of(run())).text


def test_an_incident_shows_its_messages(admin_client):
    row = incident()
    AlertMessage.objects.create(incident=row, channel="chat", event="opened", created_at=NOON, error="500")
    text = admin_client.get(page_of(row)).text
    for part in ("<td>chat</td>", "<td>opened</td>", "<td>500</td>"):
        assert part in text


# -- lists are quick --------------------------------------------------------------------------


@every_model
def test_a_list_of_more_rows_takes_no_more_statements_and_counts_nothing(admin_client, model):
    taken = []
    for rows in (10, 60):
        for _ in range(rows):
            MAKE[model]()
        with CaptureQueriesContext(connection) as statements:
            page = admin_client.get(listed(model))
        taken.append(len(statements))
        assert not [each for each in statements.captured_queries if "COUNT(" in each["sql"].upper()]
        assert not [each for each in statements.captured_queries if "DISTINCT" in each["sql"].upper()]
    assert len(page.context["cl"].result_list) == 50
    assert taken[0] == taken[1]


@every_model
def test_every_filter_can_be_used(admin_client, model, declare):
    declare()
    MAKE[model]()
    cl = admin_client.get(listed(model)).context["cl"]
    for spec in cl.filter_specs:
        first, *_, last = list(spec.choices(cl))[1:] * 2
        for choice in (first, last):
            assert admin_client.get(listed(model) + choice["query_string"]).status_code == 200
        for text in ("x%27", "%00"):
            wrong = admin_client.get(f"{listed(model)}?{spec.parameter_name}={text}")
            assert wrong.status_code == (200 if spec.parameter_name == "job" else 302)


def test_a_search_for_what_no_database_stores_finds_nothing(admin_client):
    """Django's own form checks the text in a list, but not that of its view for choosing a related row."""
    attempt()
    related = "app_label=jobs_api&model_name=jobattempt&field_name=run"
    assert len(admin_client.get(f"/admin/autocomplete/?{related}").json()["results"]) == 1
    assert admin_client.get(f"/admin/autocomplete/?{related}&term=%00").json()["results"] == []


def ids(answer):
    return [row.pk for row in answer.context["cl"].result_list]


def test_runs_are_found_by_job_state_time_and_id(admin_client, declare):
    nightly, weekly = declare(), declare("weekly")
    now = timezone.now()
    new = stored_run(nightly, now)
    old = run(job=nightly, state="failed", reason="error")  # of an earlier slot, and made later
    other = stored_run(weekly, now, state="running", lease_expires_at=now + timedelta(hours=1))
    for query, found in {
        "": [other, old, new],
        "job=nightly": [new, old],
        "q=weekly": [other],
        f"q={old.pk}": [old],
        "q=nobody": [],
        "state=failed": [old],
        "state=running": [other],
        "slot_within=1d": [other, new],
        "slot_within=1d&job=nightly": [new],
        "o=5": [other, old, new],
        "job=nightly&o=5": [new, old],
    }.items():
        assert ids(admin_client.get(f"{listed(JobRun)}?{query}")) == [row.pk for row in found], query


def test_a_list_ends_after_some_rows_and_says_so(admin_client, monkeypatch):
    monkeypatch.setattr(base, "MOST_ROWS", 120)
    monkeypatch.setattr(base.ShowingAdmin, "list_max_show_all", 50)
    Token.objects.bulk_create(
        Token(name=f"t{number}", digest=str(number), created_at=NOON) for number in range(130)
    )
    page = admin_client.get(listed(Token))
    assert "only 120 are listed" in page.text
    assert len(ids(admin_client.get(f"{listed(Token)}?p=3"))) == 20
    assert admin_client.get(f"{listed(Token)}?p=4").status_code == 302
    assert len(ids(admin_client.get(f"{listed(Token)}?all="))) == 50


def test_a_filter_without_an_index_looks_at_the_newest_rows_and_says_so(admin_client, monkeypatch, declare):
    declare()
    old, new = run(state="failed"), run(state="failed")
    monkeypatch.setattr(base, "NEWEST", 1)
    page = admin_client.get(f"{listed(JobRun)}?state=failed")
    assert ids(page) == [new.pk]
    assert "among the newest" in page.text
    found = admin_client.get(f"{listed(JobRun)}?state=failed&job=nightly")
    assert set(ids(found)) == {new.pk, old.pk}
    assert "among the newest" not in found.text


def test_the_jobs_to_choose_from_are_not_a_thousand(admin_client, declare):
    for number in range(101):
        declare(f"job-{number}")
    page = admin_client.get(listed(JobRun))
    assert "?job=job-7" not in page.text
    run(job=declare("job-7a"))
    assert len(ids(admin_client.get(f"{listed(JobRun)}?job=job-7a"))) == 1


@pytest.mark.parametrize("pk", ["0", "abc", "9" * 30, "1_0", "%00", "-1", "1/../2"])
def test_a_row_that_is_not_there_is_told(admin_client, pk):
    answer = admin_client.get(f"/admin/jobs_api/jobrun/{pk}/change/", follow=True)
    assert answer.status_code in (200, 404)
