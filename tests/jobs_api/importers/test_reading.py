"""What cannot be read at all, and what is read from the project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from jobs_api.importers.common.entry import Unreadable
from jobs_api.importers.common.imported import Imported
from tests.jobs_api.importers.sampling import jobs_of

CRON_JOB = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '0 3 * * *'}\n"
HELM = "{{- if .Values.cron.enabled }}\n" + CRON_JOB + "{{- end }}\n"
BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
STEPS = ", ".join(f"a{n}: {{steps: [{{run: manage.py a; manage.py b}}]}}" for n in range(150))
TIMES_BY_JOBS = "on: {schedule: [" + "{cron: '0 3 * * *'}, " * 150 + "]}\njobs: {" + STEPS + "}"
UNREADABLE: dict[str, tuple[str, str, str]] = {
    "a template of Helm": ("kubernetes", HELM, "helm template . | manage.py jobs_import kubernetes -"),
    "a template of Jinja": ("kubernetes", "{% for a in b %}\n" + CRON_JOB, "render it first"),
    "a tag of another tool": ("kubernetes", CRON_JOB + "suspend: !Var off\n", "render it first"),
    "no YAML": ("kubernetes", "a: [\n", "not YAML in line"),
    "an object of Python": ("github-actions", "!!python/object/apply:os.system ['true']", "not YAML"),
    "another kind": ("kubernetes", "kind: Deployment\n", "no CronJob"),
    "an empty file": ("kubernetes", "", "no CronJob"),
    "a workflow without a schedule": ("github-actions", "on: push\njobs: {}\n", "no `on: schedule:`"),
    "a schedule that is a number": ("github-actions", "on: {schedule: 7}\njobs: {}\n", "no `on: schedule:`"),
    "a schedule that is text": ("github-actions", "on: {schedule: daily}\n", "no `on: schedule:`"),
    "anchors that repeat each other": ("kubernetes", BOMB, "anchors"),
    "an anchor that holds itself": ("kubernetes", "&a {kind: List, items: [*a]}", "anchors"),
    "a list in a list in a list": ("kubernetes", "{items: [" * 200 + "]}" * 200, "too deep"),
    "a deep nesting": ("kubernetes", "[" * 3000, "not YAML"),
    "times by jobs": ("github-actions", TIMES_BY_JOBS, "more than 20000 entries"),
    "no export": ("export", "{}", "No job of jobs_export"),
    "no export, deeply nested": ("export", "[" * 900 + "]" * 900, "No job of jobs_export"),
    "no settings of django-crontab": ("cronjobs", "", "no CRONJOBS"),
    "no settings of django-cron": ("cron-classes", "", "no CRON_CLASSES"),
    "no rows of django-q2": ("django-q2", "", "django_q is not in INSTALLED_APPS"),
    "no rows of django-celery-beat": (
        "django-celery-beat",
        "",
        "django_celery_beat is not in INSTALLED_APPS",
    ),
    "no rows of django-apscheduler": ("apscheduler", "", "django_apscheduler is not in INSTALLED_APPS"),
    "no schedule of Celery": ("celery-beat", "", "Name the app"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_source_that_cannot_be_read_says_why_and_what_to_do(
    kind: str, read: Callable[..., Imported]
) -> None:
    source, text, words = UNREADABLE[kind]
    none = mock.Mock(_get_current_object=lambda: mock.Mock(main="default"))
    with mock.patch("celery.current_app", none), pytest.raises(Unreadable) as refused:
        read(source, text, settings=SimpleNamespace())
    assert words in str(refused.value)


@pytest.mark.parametrize("source", ["kubernetes", "github-actions"])
def test_without_pyyaml_the_line_of_pip_is_told(source: str, read: Callable[..., Imported]) -> None:
    with (
        mock.patch.dict(sys.modules, {"yaml": None}),
        pytest.raises(Unreadable, match=r"django-jobs-api\[yaml\]"),
    ):
        read(source, CRON_JOB)


APPS = {
    "no_such_module:app": "No module named 'no_such_module'",
    "tests.toys.calls:nothing": "has no attribute 'nothing'",
    "tests.toys.calls:adds": "does not name",
    "nonsense": "cannot be loaded",
    "os.path:": "cannot be loaded",
}


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("source", ["celery-beat", "apscheduler"])
def test_an_app_that_cannot_be_loaded_is_named(source: str, app: str, read: Callable[..., Imported]) -> None:
    with pytest.raises(Unreadable) as refused:
        read(source, app=app, settings=SimpleNamespace())
    assert APPS[app] in str(refused.value)


def test_a_celery_app_that_exists_already_is_found_without_being_named(read: Callable[..., Imported]) -> None:
    from celery import Celery
    from celery.schedules import crontab

    app = Celery("shop", set_as_current=False)
    app.conf.beat_schedule = {"a": {"task": "shop.tasks.a", "schedule": crontab(0, 3)}}
    with mock.patch("celery.current_app", mock.Mock(_get_current_object=lambda: app)):
        (entry,) = read("celery-beat", settings=SimpleNamespace()).entries
    assert entry.fields["call"] == "shop.tasks.a"


def bridged(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the bridges make of jobs, as the importers of those schedulers find it."""
    from apscheduler.schedulers.background import BackgroundScheduler

    from jobs_api.bridges import apscheduler, celery_beat, django_crontab

    module = ModuleType("bridged_by_a_test")
    module.scheduler = BackgroundScheduler(timezone="UTC")  # type: ignore[attr-defined]
    apscheduler.add_jobs(module.scheduler)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return {
        "cronjobs": {"settings": SimpleNamespace(CRONJOBS=django_crontab.cronjobs())},
        "celery-beat": {"settings": SimpleNamespace(CELERY_BEAT_SCHEDULE=celery_beat.beat_schedule())},
        "apscheduler": {"app": "bridged_by_a_test:scheduler"},
    }


@pytest.mark.parametrize("source", ["cronjobs", "celery-beat", "apscheduler"])
def test_what_a_bridge_has_made_is_no_job_and_not_lost(
    source: str, read: Callable[..., Imported], declare: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    declare("nightly")
    result = read(source, **bridged(monkeypatch)[source])
    assert result.entries
    assert {entry.notes for entry in result.entries} == {("It triggers jobs of jobs_api already.",)}
    assert [entry for entry in result.entries if entry.is_job or entry.reason] == []


def test_what_a_kubernetes_document_holds_in_unexpected_shapes_ends_nothing(
    read: Callable[..., Imported],
) -> None:
    shapes = ("null", "1", "text", "[]", "{}", "[1]", "{a: 1}", "[[a]]", "true")
    for path in ("spec: {0}", "spec: {{schedule: {0}}}", "metadata: {0}", "spec: {{jobTemplate: {0}}}"):
        for shape in shapes:
            text = f"kind: CronJob\nmetadata: {{name: a}}\n{path.format(shape)}\n"
            (entry,) = read("kubernetes", text).entries
            assert entry.reason


CONTAINER = """kind: CronJob
metadata: {{name: a}}
spec:
  schedule: "0 3 * * *"
  timeZone: {zone}
  concurrencyPolicy: {policy}
  startingDeadlineSeconds: {policy}
  jobTemplate:
    spec:
      backoffLimit: {policy}
      template: {{spec: {{containers: [{{command: {command}, env: {policy}}}]}}}}
"""


@pytest.mark.parametrize(
    "shape", ["null", "-1", "text", "[]", "{}", "[[a]]", "1.5", "true", "[{name: 1}]", "2026-01-01"]
)
def test_what_a_container_holds_in_unexpected_shapes_ends_nothing(
    shape: str, read: Callable[..., Imported]
) -> None:
    for values in ({"command": shape}, {"policy": shape}, {"zone": shape}):
        usual = {"command": "[./manage.py, sync]", "policy": "null", "zone": "UTC"}
        result = read("kubernetes", CONTAINER.format(**{**usual, **values}))
        assert len(result.entries) == 1
        jobs_of(result.text)


@pytest.mark.parametrize("shape", ["null", "1", "text", "[]", "{}", "[1]", "[[a]]", "true", "{a: {b: c}}"])
def test_what_a_workflow_holds_in_unexpected_shapes_ends_nothing(
    shape: str, read: Callable[..., Imported]
) -> None:
    step, on = "{run: ./manage.py sync}", "on: {schedule: [{cron: '0 3 * * *'}]}"
    job = f"timeout-minutes: {shape}, concurrency: {shape}, if: {shape}, env: {shape}, steps: [{step}]"
    texts = [
        f"on: {{schedule: [{{cron: {shape}}}]}}\njobs: {{a: {{steps: [{step}]}}}}",
        f"on: {{schedule: [{{cron: '0 3 * * *', timezone: {shape}}}]}}\njobs: {{a: {{steps: [{step}]}}}}",
        f"{on}\njobs: {shape}",
        f"{on}\njobs: {{a: {shape}}}",
        f"{on}\njobs: {{a: {{steps: {shape}}}}}",
        f"{on}\nenv: {shape}\njobs: {{a: {{{job}}}}}",
    ]
    for text in texts:
        jobs_of(read("github-actions", text).text)


def test_a_thousand_jobs_are_imported_and_printed(read: Callable[..., Imported]) -> None:
    lines = (
        f"{n % 60} {n % 24} * * * cd /srv && flock -n /l ./manage.py sync --n {n} > log" for n in range(1000)
    )
    jobs = jobs_of(read("crontab", "\n".join(lines)).text)
    assert len({job.name for job in jobs}) == 1000
    assert [job.args[1] for job in jobs] == [str(number) for number in range(1000)]


POD = "jobTemplate: {spec: {template: {spec: {containers: [{command: [python, manage.py, toy]}]}}}}"
TOO_LARGE = {
    "a timeout": ("crontab", f"0 3 * * * timeout {'9' * 320} python manage.py toy\n"),
    "a timeout of days": ("crontab", f"0 3 * * * timeout {'9' * 5000}d python manage.py toy\n"),
    "an interval": (
        "kubernetes",
        f"kind: CronJob\nmetadata: {{name: a}}\nspec: {{schedule: '@every {'9' * 20}h', {POD}}}\n",
    ),
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_a_number_that_no_clock_holds_is_not_carried_over(kind: str, read: Callable[..., Imported]) -> None:
    (entry,) = read(*TOO_LARGE[kind]).entries
    assert not entry.is_job
    assert "cannot be read" in entry.reason


def test_a_marker_that_is_refused_says_which_job_it_is(read: Callable[..., Imported]) -> None:
    text = read("export", '# jobs_api: {"name": "nightly", "args": "abc"}\n').text
    assert "args='abc' is not a list" in " ".join(text.split("\n"))
    assert "# nightly, as a comment declares it" in text


def test_only_a_comment_is_a_marker_and_no_line_that_says_its_word_is_lost(
    read: Callable[..., Imported],
) -> None:
    lines = [
        '0 5 * * * python manage.py toy "jobs_api: x"',
        "0 6 * * * python manage.py toy # jobs_api: later",
        "# jobs_api: a note for people",
    ]
    text = read("crontab", "\n".join(lines)).text
    assert [line for line in lines if line.removeprefix("# ") not in text] == []
    assert [job.schedule for job in jobs_of(text)] == ["0 5 * * *", "0 6 * * *"]


def test_of_two_declarations_of_one_name_none_is_lost(read: Callable[..., Imported]) -> None:
    """Exports of two environments in one file."""
    marks = [
        '# jobs_api: {"name": "nightly", "schedule": "0 3 * * *"}',
        '# jobs_api: {"name": "nightly", "schedule": "0 3 * * *"}',
        '# jobs_api: {"name": "nightly", "schedule": "0 4 * * *"}',
    ]
    result = read("export", "\n".join(marks))
    assert [(job.name, job.command, job.schedule) for job in jobs_of(result.text)] == [
        ("nightly", "nightly", "0 3 * * *"),
        ("nightly_2", "nightly", "0 4 * * *"),
    ]
    assert "'nightly' is the name of a job above." in result.text


SHOWN = {
    "words": "args: [--password, horse, --token=horse, a]",
    "a variable": "env: [{name: A_TOKEN, value: horse}, {value: [horse], name: SECRET}]",
    "a variable in its name": "env: [{name: 'A_TOKEN=horse'}]",
    "what kubectl keeps": """env: [{name: A, value: '{"name": "DB_PASSWORD", "value": "horse"}'}]""",
}


@pytest.mark.parametrize("kind", SHOWN)
@pytest.mark.parametrize("command", ["[python, manage.py, toy]", "[sh, -c, 'a; b']"])
def test_a_manifest_is_shown_without_its_secrets(
    kind: str, command: str, read: Callable[..., Imported]
) -> None:
    """Carried over or not: a list of words stands in lines of its own."""
    containers = f"[{{command: {command}, {SHOWN[kind]}}}]"
    spec = (
        f"{{schedule: '@daily', jobTemplate: {{spec: {{template: {{spec: {{containers: {containers}}}}}}}}}}}"
    )
    result = read("kubernetes", f"kind: CronJob\nmetadata: {{name: a}}\nspec: {spec}\n")
    assert "horse" not in result.text + str(result.as_json)


@pytest.mark.parametrize(
    "command",
    ["/srv/jobs/nightly/run.sh", "/srv/jobs/nightly/run", "cd /srv/jobs/nightly/run && ./manage.py toy"],
)
def test_a_folder_called_jobs_is_no_call_of_ours(command: str, read: Callable[..., Imported]) -> None:
    (entry,) = read("crontab", f"0 3 * * * {command}\n", timezone="UTC").entries
    assert entry.is_job == ("toy" in command)
    assert "in jobs_api already" not in str(entry.notes)


@pytest.mark.parametrize(
    "command",
    [
        "curl -X POST https://shop.example.com/api/jobs/nightly/run",
        'curl -fsS "$BASE/jobs/nightly/run?source=cron" >/dev/null',
        "/usr/bin/wget -qO- --post-data= ${URL}/jobs/nightly/run/",
    ],
)
def test_a_call_of_ours_is_told(command: str, read: Callable[..., Imported]) -> None:
    (entry,) = read("crontab", f"0 3 * * * {command}\n", timezone="UTC").entries
    assert entry.notes == ("It triggers the job 'nightly' in jobs_api already.",)


LONG = {
    "a group": ("crontab", "0 3 * * * { " + " " * 30_000 + "x\n"),
    "an address": ("crontab", "0 3 * * * curl " + "https://x/api/jobs/" * 2_000 + "\n"),
    "options": ("kubernetes", f"kind: CronJob\nmetadata: {{name: a}}\nspec: {{schedule: '@daily', {POD}}}\n"),
    "expressions": (
        "github-actions",
        "on: {schedule: [{cron: '0 3 * * *'}]}\njobs: {a: {steps: [{run: 'WORDS'}]}}",
    ),
}


@pytest.mark.parametrize("kind", LONG)
def test_a_command_that_is_too_long_is_left_there(kind: str, read: Callable[..., Imported]) -> None:
    source, text = LONG[kind]
    text = text.replace("toy", "toy" + ", --a" * 2_000)
    text = text.replace("WORDS", "manage.py toy " + "${{ " * 6_000)
    (entry,) = read(source, text, timezone="UTC").entries
    assert entry.reason == "It is too long to be read: make a management command of it."
