"""What all commands have in common: help, JSON, hints, tables."""

import pkgutil
import shlex
from datetime import timedelta

import pytest
from django.core.management import load_command_class
from django.utils import timezone

from jobs_api import registry
from jobs_api.alerts import background
from jobs_api.management import base, commands
from jobs_api.models import AlertMessage, AlertMute, Incident, TriggerSource
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run

from .calling import manage

pytestmark = pytest.mark.django_db
NAMES = [module.name for module in pkgutil.iter_modules(commands.__path__)]

OF_A_JOB = "job schedule timezone next last_slot last_state run health"
PEOPLE = "owner runbook tags"
MORE = "next_try progress elapsed_seconds timeout lease_expires_at tries max_attempts"
INCIDENT = (
    "incident kind severity subject state job run run_date since opened_at closed_at slots detail over facts "
    "notified_at acknowledged_at acknowledged_by acknowledged_until comment"
)
MUTE = "subject kind until actor reason started"
KEYS = {
    "jobs_alerts": (["jobs_alerts"], INCIDENT),
    "jobs_alerts list": (["jobs_alerts", "list", "--over"], INCIDENT),
    "jobs_alerts show": (["jobs_alerts", "show", "INCIDENT"], f"{INCIDENT} messages"),
    "jobs_alerts ack": (["jobs_alerts", "ack", "INCIDENT", "--until", "2h"], INCIDENT),
    "jobs_alerts mute": (["jobs_alerts", "mute", "night*", "--until", "2h"], MUTE),
    "jobs_alerts unmute": (["jobs_alerts", "unmute", "day*"], MUTE),
    "jobs_alerts mutes": (["jobs_alerts", "mutes"], MUTE),
    "jobs_alerts channels": (
        ["jobs_alerts", "channels"],
        "channel state waiting waiting_since failing_since given_up error",
    ),
    "jobs_alerts channels NAME": (
        ["jobs_alerts", "channels", "ops"],
        "incident kind subject event ordered state sent tries next_try error",
    ),
    "jobs_alerts check-in": (["jobs_alerts", "check-in"], "monitors dead_man problems"),
    "jobs_alerts evaluate": (["jobs_alerts", "evaluate"], "opened closed messages waiting"),
    "jobs_list": (
        ["jobs_list"],
        f"{OF_A_JOB} command call {PEOPLE} pause waiting running running_count queued_count queued_since",
    ),
    "jobs_list NAME": (
        ["jobs_list", "nightly"],
        "run run_date state attempt trigger source started took",
    ),
    "jobs_alert_test": (
        ["jobs_alert_test"],
        "channel type jobs tags owners kinds severities problem",
    ),
    "jobs_alert_test CHANNEL": (
        ["jobs_alert_test", "ops"],
        "channel type taken error id duration_ms",
    ),
    "jobs_forget": (["jobs_forget", "curl", "--by", "ci"], "source by job"),
    "jobs_list --state": (
        ["jobs_list", "--state", "queued"],
        "run job run_date state attempt trigger source started took",
    ),
    "jobs_call": (["jobs_call", "tests.toys.calls.adds", "2", "3"], "call returned"),
    "jobs_export --list": (["jobs_export", "--list"], "platform title forms zones file"),
    "jobs_import --list": (["jobs_import", "--list"], "source reads example"),
    "jobs_cancel": (["jobs_cancel", "QUEUED"], "run cancelled asked_to_stop"),
    "jobs_run": (["jobs_run", "nightly"], "outcome job run_date run attempt reason took"),
    "jobs_run_due": (["jobs_run_due"], "outcome job run_date run attempt reason took"),
    "jobs_run_due --dry-run": (["jobs_run_due", "--dry-run"], "job run_date"),
    "jobs_rerun": (["jobs_rerun", "RUN"], "outcome job run_date run attempt reason took"),
    "jobs_audit": (
        ["jobs_audit"],
        "id at action actor origin address job run run_date subject reason result details",
    ),
    "jobs_backfill": (["jobs_backfill", "nightly", "2026-11-01", "2026-11-03"], "job slots queued dry_run"),
    "jobs_pause": (["jobs_pause", "nightly"], "job changed last_pause waiting"),
    "jobs_resume": (["jobs_resume", "nightly"], "job changed last_pause waiting"),
    "jobs_reap": (["jobs_reap"], "run job run_date attempt"),
    "jobs_prune": (["jobs_prune"], "pruned archive trigger_counts incidents audit_entries"),
    "jobs_prune --dry-run": (["jobs_prune", "--dry-run"], "prunable"),
    "jobs_token create": (["jobs_token", "create", "other"], "name secret scopes patterns expires_at"),
    "jobs_token list": (["jobs_token", "list"], "name scopes jobs created expires last_used revoked"),
    "jobs_token revoke": (["jobs_token", "revoke", "ci"], "name revoked"),
    "jobs_show": (
        ["jobs_show", "RUN"],
        f"run job call {PEOPLE} run_date state waits_since next_attempt_at {MORE} options attempts output",
    ),
}

WITHOUT_DATABASE = {
    "jobs_alert_test",
    "jobs_alert_test CHANNEL",
    "jobs_call",
    "jobs_export --list",
    "jobs_import --list",
}
"""What uses no database of its own accord."""

OF_AN_ENGINE = {"jobs_sync"}
"""What needs another scheduler in INSTALLED_APPS; it is tested with the bridges."""


def incidents(monkeypatch, **fields):
    """One that is open, one that is over, and a mute; returns the id of the first one."""
    monkeypatch.setattr(background, "send_last", list)  # it sends in threads, on connections of their own
    times = {"since": NOON, "opened_at": NOON, "seen_at": NOON}
    told = {"kind": "failed", "subject": "nightly", "job_name": "nightly", "detail": "it failed", **fields}
    Incident.objects.create(**told, **times, closed_at=NOON)
    found = Incident.objects.create(**told, **times)
    about = {"incident": found, "event": "opened", "created_at": NOON, "next_try_at": NOON}
    AlertMessage.objects.create(
        channel="ops", **about, tries=2, error=fields.get("detail", "it answered 500")
    )
    until = timezone.now() + timedelta(hours=1)
    AlertMute.objects.create(subject="day*", started_at=NOON, until=until, comment=fields.get("detail", ""))
    return found.pk


@pytest.fixture
def busy_host(declare, toy, settings, monkeypatch):
    """A host with something for each command; returns the ids of two runs and an incident."""
    mail = {"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"}
    alerts = {"CHANNELS": {"ops": mail}}
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 10_000, "ALERTS": alerts}
    toy(lambda command, **options: print("said"))
    job, other = declare(), declare("hourly", schedule="0 * * * *")
    job_state.know_all(at=NOON.replace(year=2020))
    TriggerSource.objects.create(source="curl", actor="ci", first_at=NOON, last_at=NOON)
    manage("jobs_token", "create", "ci")
    stored_run(other, state="running", lease_expires_at=NOON.replace(year=2020))
    queued = stored_run(job, NOON.replace(day=1, hour=3), state="queued")
    run = stored_run(job, NOON.replace(hour=3)).pk
    return {"RUN": run, "QUEUED": queued.pk, "INCIDENT": incidents(monkeypatch)}


@pytest.mark.parametrize("name", NAMES)
def test_each_command_explains_itself(name, capsys):
    command = load_command_class("jobs_api", name)
    with pytest.raises(SystemExit) as end:
        command.run_from_argv(["manage.py", name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0
    assert f"usage: manage.py {name}" in said
    assert command.help.split(".")[0].split(";")[0].split(":")[0] in said
    for status in (0, 1, 2, 75, 130):
        assert f" {status} " in said.partition("exit status:")[2]


@pytest.mark.parametrize("name", NAMES)
def test_each_example_of_its_help_is_a_line_that_it_takes(name):
    command = load_command_class("jobs_api", name)
    parser = command.create_parser("/srv/mysite/manage.py", name)
    shown = parser.format_help().partition("examples:\n")[2].partition("\n\n")[0].splitlines()
    assert shown
    for line in shown:
        program, words = shlex.split(line)[:2], shlex.split(line)[2:]
        assert program == ["manage.py", name]
        parser.parse_args(words)


def test_each_command_has_its_json_tested():
    assert {line[0] for line, _ in KEYS.values()} == set(NAMES) - OF_AN_ENGINE


@pytest.mark.parametrize("case", KEYS)
def test_json_is_for_programs(busy_host, case):
    line, keys = KEYS[case]
    said = manage(*(busy_host.get(word, word) for word in line), "--json")
    assert (said.code, said.err) == (0, "")
    found = said.json()
    if isinstance(found, list):
        assert found, "nothing was shown"
        assert all(list(item) == keys.split() for item in found)
    else:
        assert list(found) == keys.split()


@pytest.mark.parametrize("case", KEYS)
def test_a_table_or_a_sentence_is_for_people(busy_host, case):
    line, _ = KEYS[case]
    said = manage(*(busy_host.get(word, word) for word in line))
    assert (said.code, said.err) == (0, "")
    assert said.out.strip()
    assert not said.out.lstrip().startswith(("{", "["))


def test_instants_in_json_are_written_as_over_http_and_can_be_given_back(busy_host):
    (line,) = manage("jobs_run", "nightly", "--json").json()
    assert "T" in line["run_date"]
    assert (
        manage("jobs_run", "nightly", "--run-date", line["run_date"]).lines[1].startswith("already_succeeded")
    )


@pytest.mark.parametrize(
    "line",
    [
        ["jobs_run", "nighty"],
        ["jobs_backfill", "nighty", "2026-11-01", "2026-11-02"],
        ["jobs_pause", "nighty"],
        ["jobs_resume", "nighty"],
    ],
    ids=lambda line: line[0],
)
def test_an_unknown_job_is_an_error_that_names_those_there_are(declare, line):
    declare()
    declare("hourly")
    said = manage(*line)
    assert said.code == 1
    assert said.err == "CommandError: There is no job 'nighty'. There are: hourly, nightly."


def test_where_no_job_is_declared_the_hint_says_where_to(declare):
    said = manage("jobs_run", "nightly")
    assert "There are: none: declare them in <app>/jobs.py." in said.err


LOOKING_FOR_A_JOB = [
    ["jobs_list", "other"],
    ["jobs_backfill", "other", "2026-11-01", "2026-11-02"],
    ["jobs_pause", "other"],
    ["jobs_resume", "other"],
    ["jobs_rerun", "RUN"],
]


@pytest.mark.parametrize("line", LOOKING_FOR_A_JOB, ids=lambda line: line[0])
def test_a_job_that_a_faulty_declaration_hides_is_not_merely_unknown(declare, faulty, line):
    with faulty():
        run = stored_run(declare("other"), NOON, state="failed", reason="error")
        registry.fill([])
        said = manage(*[str(run.pk) if word == "RUN" else word for word in line])
    assert said.code == 1
    assert said.err == (
        "CommandError: There is no job 'other'. There are: none. "
        "Some declarations have errors, which hide jobs: see manage.py check."
    )


@pytest.mark.parametrize("name", ["jobs_show", "jobs_rerun"])
@pytest.mark.parametrize("run", ["0", "-1", "1", "x", "", "\u0661", "9" * 30])
def test_an_unknown_run_is_an_error_with_a_hint(declare, name, run):
    said = manage(name, "--", run)
    assert said.code == 1
    assert said.err == f"CommandError: There is no run {run!r}. `jobs_list` shows the newest of each job."


@pytest.mark.parametrize(
    ("ms", "shown"), [(None, "-"), (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (61_234, "61.2 s")]
)
def test_durations_are_for_people(ms, shown):
    assert base.duration(ms) == shown


def test_who_works_here_is_nobody_where_the_user_has_no_name(monkeypatch):
    def no_user():
        raise KeyError("getpwuid(): uid not found: 1000")

    monkeypatch.setattr("getpass.getuser", no_user)
    assert base.user() == ""


def test_commands_write_the_zone_of_the_job(declare):
    declare(timezone="Asia/Kathmandu")
    (line,) = manage("jobs_run", "nightly", "--json").json()
    assert line["run_date"].endswith("+05:45")
    assert manage("jobs_list", "--json").json()[0]["next"].endswith("+05:45")
