"""An export gives the same jobs back, for every format that can carry them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from jobs_api import Job, registry
from jobs_api.exporters import all_exporters
from jobs_api.exporters.common import comments
from jobs_api.exporters.common.plan import Plan
from jobs_api.importers import all_importers
from jobs_api.importers.common import markers
from jobs_api.importers.common.entry import Unreadable
from jobs_api.importers.common.imported import Imported
from tests.jobs_api.exporters.toys import TOYS, plan_for
from tests.jobs_api.importers.sampling import as_fields, jobs_of

VARIED = (
    *(job for job in TOYS.values() if job.schedule),
    Job(
        "everything",
        command="toy",
        args=["--to", "a b", "it's", '"', "\\", "$HOME", "%d", "-->", "]]>", "''", "#", "{{ x }}", "Zoë ☃"],
        options={"names": ["x", None], "nested": {"a": [1, 0.5, True]}, "text": "*/ ; -- \n\t end"},
        schedule="*/20 8-17 * * MON-FRI",
        timezone="Pacific/Chatham",
        timeout=90,
        max_attempts=5,
        retry_backoff=0,
        overlap="allow",
        catch_up="all",
        catch_up_window=7200,
        expires=1800.5,
        grace=120,
        description="Says \"it's\" & <more> \\ 100 % ☃ -- ' done.",
        owner='Zoë\'s "ops" & <co> */ --> 100 %',
        runbook="https://wiki.example.com/x?a='b'&c=%20${x}#--%3E*/--",
        tags=("größe", "team:billing", "a--b", "c+d/e"),
    ),
    Job("called", call="shop.tasks.tidy", args=[30, {"a": None}], options={"dry": False}, schedule="@daily"),
)
ONLY_RUN_DUE = ("heroku", "supervisord")
"""They call run-due, which starts every job: no job stands in them."""
UNMARKED = ("vercel", "vercel-schedules")
"""JSON that the vendor checks: there is no place for a comment."""
FORMS = [
    (name, form)
    for name, exporter in all_exporters().items()
    for form in exporter.forms
    if name not in (*ONLY_RUN_DUE, *UNMARKED)
]


def readers(platform: str) -> list[str]:
    """The sources that read an export of this platform."""
    own = "crontab" if platform.startswith("crontab") else platform
    return ["export", *([own] if own in all_importers() else [])]


def exported(platform: str, form: str, *jobs: Job) -> tuple[Plan, str]:
    exporter = all_exporters()[platform]
    plan = plan_for(exporter, *jobs, form=form)
    return plan, exporter.render(plan)


def marked(text: str) -> bool:
    return comments.MARK in text


@pytest.mark.parametrize(("platform", "form"), FORMS)
def test_an_export_with_comments_gives_equal_declarations_back(
    platform: str, form: str, read: Callable[..., Imported]
) -> None:
    plan, text = exported(platform, form, *VARIED)
    wanted = {entry.job.name: as_fields(entry.job) for entry in plan.entries if entry.job}
    assert len(wanted) >= len(VARIED) - len(plan.refused)
    for source in readers(platform):
        result = read(source, text)
        found = {job.name: as_fields(job) for job in jobs_of(result.text)}
        assert found == wanted, source
        assert [entry.reason for entry in result.entries if entry.reason] == [], source


@pytest.mark.parametrize("platform", [name for name in UNMARKED if name in all_exporters()])
def test_an_export_without_comments_gives_name_schedule_and_zone_back(
    platform: str, read: Callable[..., Imported]
) -> None:
    jobs = [
        Job("daily", schedule="0 3 * * *", timezone="UTC"),
        Job("often", schedule="*/5 * * * *", timezone="UTC"),
    ]
    _, text = exported(platform, "http", *jobs)
    assert not marked(text)
    found = jobs_of(read("export", text).text)
    assert [as_fields(job) for job in found] == [as_fields(job) for job in jobs]


COMMITTED = [
    path
    for path in sorted(Path(settings.BASE_DIR, "deploy").rglob("*"))
    if path.is_file() and markers.found(path.read_text())
]
"""The exports of the reference project in the repository; those in a folder hold a job each."""


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_the_exports_in_the_repository_give_the_jobs_of_the_project_back(
    path: Path, read: Callable[..., Imported]
) -> None:
    declared = {job.name: (job.schedule, job.command) for job in registry.jobs() if job.schedule}
    found = {job.name: (job.schedule, job.command) for job in jobs_of(read("export", path.read_text()).text)}
    assert found.items() <= declared.items()
    missing = [name for name in declared.keys() - found if f"Not here: {name}: " not in path.read_text()]
    assert not missing or path.parent.name != "deploy"


def test_a_job_of_several_utc_lines_is_not_guessed(read: Callable[..., Imported]) -> None:
    job = Job("daily", schedule="0 3 * * *", timezone="America/New_York")
    _, text = exported("vercel", "http", job)
    (entry,) = read("export", text).entries
    assert "one for each offset of its zone" in entry.reason
    assert len(entry.original) > 1


@pytest.mark.parametrize("platform", [name for name in ONLY_RUN_DUE if name in all_exporters()])
def test_an_export_that_holds_no_job_is_refused(platform: str, read: Callable[..., Imported]) -> None:
    _, text = exported(platform, all_exporters()[platform].forms[0], *VARIED)
    with pytest.raises(Unreadable, match="It calls run-due"):
        read("export", text)


def test_what_was_added_to_an_exported_crontab_by_hand_is_imported_too(read: Callable[..., Imported]) -> None:
    _, text = exported("crontab", "command", VARIED[0])
    result = read("crontab", f"{text}\n0 5 * * * /srv/shop/manage.py clearsessions\n")
    assert [job.name for job in jobs_of(result.text)] == [VARIED[0].name, "clearsessions"]


def test_what_looks_like_a_marker_inside_of_a_declaration_is_text(read: Callable[..., Imported]) -> None:
    inner = Job("other", schedule="@daily")
    job = Job("daily", schedule="0 3 * * *", description=f"jobs_api: {comments.declaration(inner)}")
    for platform in ("crontab", "kubernetes", "cron-job-org", "azure-logic-apps"):
        _, text = exported(platform, all_exporters()[platform].forms[0], job)
        (found,) = jobs_of(read("export", text).text)
        assert (found.name, found.description) == (job.name, job.description), platform


def test_a_call_of_a_job_that_the_file_does_not_declare_is_told(read: Callable[..., Imported]) -> None:
    _, text = exported("crontab", "http", VARIED[0])
    line = "0 5 * * * curl -X POST https://other.example.com/jobs/theirs/run"
    entry = read("crontab", f"{text}\n{line}\n").entries[-1]
    assert entry.original == (line,)
    assert "the job 'theirs'" in entry.notes[0]


BROKEN: dict[str, Any] = {
    "no JSON": ('{"name": "a", ', "cannot be read"),
    "an unknown field": ('{"name": "a", "color": "red"}', "no field color"),
    "no name": ('{"schedule": "@daily"}', "no name"),
    "a bad schedule": ('{"name": "a", "schedule": "99 * * * *"}', "not valid"),
    "a name that is no slug": ('{"name": "a b"}', ""),
    "an option that is no text": ('{"name": "a", "options": [1]}', ""),
    "args that are a text": ('{"name": "a", "args": "rm -rf"}', ""),
    "a timeout that is a text": ('{"name": "a", "timeout": "long"}', ""),
    "a field of the host": ('{"name": "a", "executor": "os.system"}', "no field executor"),
    "a command that is a list": ('{"name": "a", "command": ["x"]}', ""),
    "tags that are a text": ('{"name": "a", "tags": "billing"}', "not a list"),
    "a runbook that runs": ('{"name": "a", "runbook": "javascript:alert(1)"}', "not an address"),
    "an owner of two lines": ('{"name": "a", "owner": "a\\nb"}', "not one line"),
    "another kind": ("{}", ""),
    "deeply nested": ('{"name": ' + '{"a":' * 500 + "1" + "}" * 501, ""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_marker_that_was_changed_by_hand_is_checked(kind: str, read: Callable[..., Imported]) -> None:
    text, reason = BROKEN[kind]
    result = read("crontab", f"# jobs_api: {text}\n")
    for job in jobs_of(result.text):
        assert as_fields(job)["name"] == "a_b"
    assert all(reason in entry.reason for entry in result.entries)


HOLDING = Job(
    "holding",
    command="toy",
    args=["--token", "horse", "--url=postgres://a:horse@b/c", "all", "Bearer horse"],
    options={"password": "horse", "nested": {"api_key": "horse", "n": 1}, "of": {"token=horse"}, "days": 3},
    schedule="@daily",
)


@pytest.mark.parametrize(("platform", "form"), FORMS)
def test_no_export_holds_a_value_that_looks_like_a_secret(platform: str, form: str) -> None:
    _, text = exported(platform, form, HOLDING)
    assert "horse" not in text


@pytest.mark.parametrize("source", ["export", "crontab"])
def test_an_import_leaves_out_what_an_export_hides_and_says_so(
    source: str, read: Callable[..., Imported]
) -> None:
    entry = next(
        entry for entry in read(source, exported("crontab", "http", HOLDING)[1]).entries if entry.is_job
    )
    assert entry.fields is not None
    assert (entry.fields["args"], entry.fields["options"]) == (["all"], {"days": 3})
    (note,) = (note for note in entry.notes if "looks like a secret" in note)
    assert [name for name in ("--token", "--url", "password", "nested", "of") if name not in note] == []
