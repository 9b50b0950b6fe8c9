"""Every command on a host where every field holds text that would act on the operator's terminal."""

import io
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs_api.models import Incident, JobAttempt, JobHost, JobPause, JobRun, Token, TriggerSource
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.nasty import NOT_STORED, SOUP, soiled, unseen

from .calling import manage
from .processes import manage as manage_in_a_shell
from .test_common import KEYS, NAMES, OF_AN_ENGINE, incidents

pytestmark = pytest.mark.django_db
PAST = NOON.replace(year=2020)
GONE = f"gone {SOUP}"[:100]

SHOWN = {"jobs_list NAME", "jobs_list --state", "jobs_reap", "jobs_token list", "jobs_show"}
SHOWN |= {f"jobs_alerts{verb}" for verb in ("", " list", " show", " ack", " mutes", " unmute")}
"""These quote what was stored."""
FAILING = {"jobs_run_due", "jobs_rerun"}
"""These start a run with options that nobody takes any more."""
REFUSED = {
    "an unknown job": ["jobs_run", SOUP],
    "an unknown job to pause": ["jobs_pause", SOUP],
    "an unknown job to resume": ["jobs_resume", SOUP],
    "an unknown job to list": ["jobs_list", SOUP],
    "an unknown job to backfill": ["jobs_backfill", SOUP, "2026-11-01", "2026-11-02"],
    "a slot": ["jobs_run", "nightly", "--run-date", SOUP],
    "options": ["jobs_run", "nightly", "--options", SOUP],
    "options that the job does not take": ["jobs_run", "nightly", "--options", json.dumps({SOUP: SOUP})],
    "an interval": ["jobs_backfill", "nightly", SOUP, SOUP],
    "an unknown run": ["jobs_show", SOUP],
    "an unknown run to rerun": ["jobs_rerun", SOUP],
    "an unknown run to cancel": ["jobs_cancel", SOUP],
    "a run of a job that is gone": ["jobs_rerun", "OF_GONE"],
    "an attempt": ["jobs_show", "RUN", "--attempt", "99"],
    "an unknown incident": ["jobs_alerts", "show", SOUP],
    "what is not muted": ["jobs_alerts", "unmute", SOUP],
    "an unknown channel": ["jobs_alerts", "channels", SOUP],
    "an end": ["jobs_alerts", "mute", "x", "--until", SOUP],
    "a token": ["jobs_token", "revoke", f"x{SOUP}"],
    "a token's name that is taken": ["jobs_token", "create", SOUP[:80]],
}


FAILING = ("jobs_run_due", "jobs_rerun")
"""Their runs have options that no job takes."""


@pytest.fixture
def soiled_host(declare, toy, settings, monkeypatch):
    """Something nasty for each command to show; returns the ids of three runs and an incident."""
    mail = {"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"}
    kept = {"RETENTION_DAYS": 10_000, "ALERTS": {"CHANNELS": {"ops": mail}}}
    settings.JOBS_API = {**settings.JOBS_API, **kept}
    toy(lambda command, **options: command.stdout.write(SOUP))
    job, other = declare(), declare("hourly", schedule="0 * * * *")
    job_state.know_all(at=PAST)
    fields = {**soiled(JobRun, "job_name", "held_job", "trigger"), **soiled(JobAttempt, "trigger")}
    fields |= {
        "executor": SOUP[:50],
        "options": {SOUP: SOUP},
        "output_head": SOUP.encode() + b"\xff\x00\x1b[5m",
    }
    fields["output_size"] = len(fields["output_head"])
    attempt = {name: value for name, value in fields.items() if name != "options"}
    run = stored_run(job, NOON.replace(hour=3), **{**fields, "attempt": 2})
    JobAttempt.objects.create(run=run, attempt=1, state="failed", reason="error", **attempt)
    queued = stored_run(job, NOON.replace(day=1, hour=3), **{**fields, "state": "queued"})
    stored_run(other, **{**fields, "state": "running", "lease_expires_at": PAST, "held_job": None})
    gone = stored_run(job, NOON.replace(day=2), **{**fields, "state": "queued"})
    JobRun.objects.filter(pk=gone.pk).update(job_name=GONE)
    held = {"state": "running", "lease_expires_at": PAST, "attempt": 1, "job_name": GONE, **fields}
    JobRun.objects.create(run_date=NOON.replace(day=3), created_at=NOON, **held)
    now = timezone.now()
    for source in ("curl", SOUP):
        TriggerSource.objects.create(source=source[:100], actor="ci", first_at=now, last_at=now)
    for name in ("ci", SOUP[:80]):
        Token.objects.create(name=name, digest=name[:3], scopes=["read"], patterns=[SOUP], created_at=now)
    pause = soiled(JobPause, "job_name")
    JobPause.objects.create(job_name="nightly", started_at=NOON, ended_at=now, **pause)
    told = {SOUP: SOUP, "nightly": SOUP}
    JobHost.objects.create(**soiled(JobHost), declarations=told, seen_at=now)
    incident = incidents(monkeypatch, **soiled(Incident, "kind", "job_name"))
    return {"RUN": run.pk, "QUEUED": queued.pk, "OF_GONE": gone.pk, "INCIDENT": incident}


def nothing_acts(said):
    assert unseen(said.out) == []
    assert unseen(said.err) == []


@pytest.mark.parametrize("case", KEYS)
def test_whatever_a_command_quotes_is_seen_and_does_not_act(soiled_host, case):
    line, _ = KEYS[case]
    said = manage(*(soiled_host.get(word, word) for word in line))
    nothing_acts(said)
    assert said.code == (case in FAILING)
    if case in SHOWN:
        assert r"\x1b[31mred" in said.out


@pytest.mark.parametrize("case", KEYS)
def test_what_a_program_gets_is_json_of_letters_that_are_seen(soiled_host, case):
    line, _ = KEYS[case]
    said = manage(*(soiled_host.get(word, word) for word in line), "--json")
    nothing_acts(said)
    if case in SHOWN:
        assert "\x1b[31mred" in json.dumps(said.json(), ensure_ascii=False).encode().decode("unicode_escape")


def test_what_other_hosts_declare_is_seen_and_does_not_act(soiled_host):
    for line in (["jobs_list"], ["jobs_list", "--hosts"], ["jobs_list", "--hosts", "--json"]):
        nothing_acts(manage(*line))
    assert r"\x1b[31mred" in manage("jobs_list", "--hosts").out
    assert r"\x1b[31mred" in manage("jobs_list").err


def test_every_command_is_in_the_table():
    assert {line[0] for line, _ in KEYS.values()} == set(NAMES) - OF_AN_ENGINE


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_quotes_nothing_that_acts(soiled_host, case):
    said = manage(*(soiled_host.get(word, word) for word in REFUSED[case]))
    nothing_acts(said)
    assert said.code == 1
    assert said.err


@pytest.mark.parametrize("name", ["--source", "--reason"])
def test_what_is_given_on_the_command_line_is_stored_as_it_was_written(declare, toy, name):
    toy(lambda command, **options: None)
    declare()
    nothing_acts(manage("jobs_run", "nightly", name, SOUP))
    run = JobRun.objects.get()
    assert (run.source if name == "--source" else run.comment) == (SOUP[:100] if name == "--source" else SOUP)


@pytest.mark.parametrize("case", ["half a pair", "bytes that are not UTF-8"])
def test_bytes_that_no_database_takes_are_stored_spelled_out(declare, toy, case):
    """A crontab in Latin-1."""
    toy(lambda command, **options: None)
    declare()
    given, shown = NOT_STORED[case]
    said = manage("jobs_run", "nightly", "--source", given, "--reason", given)
    assert said.code == 0
    run = JobRun.objects.get()
    assert (run.source, run.comment) == (shown, shown)


def test_bytes_among_several_words_are_spelled_out_too():
    said = manage("jobs_token", "create", "ci", "--job", "a\udcff", "--job", "b")
    assert said.code == 0
    assert Token.objects.get().patterns == [r"a\udcff", "b"]


# -- output -----------------------------------------------------------------------------------


def show(toy, declare, written, *arguments):
    toy(lambda command, **options: command.stdout.write(written))
    declare()
    manage("jobs_run", "nightly")
    return manage("jobs_show", JobRun.objects.get().pk, *arguments)


def test_output_is_shown_without_its_colours(toy, declare):
    said = show(toy, declare, "\x1b[32mall \x1b[1mwell\x1b[0m\n\x1b[2Jcleared")
    assert said.out.endswith("Output of attempt 1:\nall well\n" + r"\x1b[2Jcleared" + "\n")


def test_output_acts_only_where_a_person_asks_for_it(toy, declare):
    said = show(toy, declare, f"\x1b[32mwell\x1b[0m {SOUP}", "--raw")
    table, output = said.out.split("Output of attempt 1:\n")
    assert output == f"\x1b[32mwell\x1b[0m {SOUP}\n"
    assert unseen(table) == []


def test_raw_is_for_people_and_changes_no_json(toy, declare):
    said = show(toy, declare, SOUP, "--raw", "--json")
    assert unseen(said.out) == []
    assert said.json()["output"] == f"{SOUP}\n"


def test_raw_lets_nothing_through_but_the_output(soiled_host):
    said = manage("jobs_show", soiled_host["RUN"], "--raw")
    assert unseen(said.out.split("Output of attempt 2:")[0]) == []


# -- real terminals ---------------------------------------------------------------------------


def test_a_terminal_that_knows_few_letters_is_no_reason_to_break(soiled_host):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    call_command("jobs_show", str(soiled_host["RUN"]), stdout=out)
    out.flush()
    assert rb"\x1b[31mred" in out.buffer.getvalue()
    call_command("jobs_show", str(soiled_host["RUN"]), "--raw", stdout=out)


@pytest.mark.django_db(transaction=True)
def test_the_shell_sees_the_same(db):
    """Without any stream that a test has put in place, and with the error that manage.py prints itself."""
    Token.objects.create(name=SOUP[:80], digest="x", scopes=["read"], patterns=[SOUP], created_at=NOON)
    listed = manage_in_a_shell("jobs_token", "--force-color", "list")
    ours = listed.stdout.replace("\x1b[1m", "").replace("\x1b[0m", "")  # the headings are bold
    assert (listed.returncode, unseen(ours)) == (0, [])
    assert len(listed.stdout) - len(ours) == 7 * len("\x1b[1m\x1b[0m")
    assert r"\x1b[31mred" in listed.stdout
    refused = manage_in_a_shell("jobs_run", f"\udcff{SOUP}")
    assert (refused.returncode, unseen(refused.stderr)) == (1, [])
    assert refused.stderr.startswith(r"CommandError: There is no job ")
