"""Crontabs: what each daemon reads, and what its shell does with a line."""

from __future__ import annotations

import os
import re
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from jobs_api import Job
from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.exporter import COMMAND, HTTP
from jobs_api.exporters.common.faults import BadOption
from tests.jobs_api.exporters.shells import Recorder, sh, syntax_of
from tests.jobs_api.exporters.toys import BERLIN, TOYS, plan_for, toy

DAEMONS = ("crontab", "crontab-cronie", "crontab-busybox", "crontab-supercronic")
PERCENT = ("crontab", "crontab-cronie")
"""Those that end a command at a %."""
FIVE = re.compile(r"((?:[\d*/,-]+ ){5})(.+)")
VARIABLE = re.compile(r"[A-Z_]+=\S*")
AWKWARD = 'it\'s 100% "odd" $HOME'


def text_of(daemon, *jobs, **named):
    exporter = all_exporters()[daemon]
    return exporter.render(plan_for(exporter, *jobs, **named))


def lines_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def calls(text):
    """The lines that call, as (five fields, rest)."""
    found = [line for line in lines_of(text) if not VARIABLE.fullmatch(line)]
    return [FIVE.fullmatch(line).groups() for line in found]


def given_to_sh(daemon, command):
    """The command behind the fields, as the daemon hands it to the shell."""
    if daemon not in PERCENT:
        return command
    assert not re.search(r"(?<!\\)%", command), "the rest would be standard input"
    return command.replace(r"\%", "%")


def only_call(daemon, **named):
    (_, command), *_ = calls(text_of(daemon, TOYS["daily"], run_due="none", **named))
    return given_to_sh(daemon, command)


@pytest.mark.parametrize("form", [HTTP, COMMAND])
@pytest.mark.parametrize("daemon", DAEMONS)
def test_each_line_has_five_fields_and_a_command_that_a_shell_reads(daemon, form):
    text = text_of(daemon, form=form, base_url="https://x.example/a%20b", directory=f"/srv/{AWKWARD}")
    assert text.endswith("\n")
    for _, command in calls(text):
        assert syntax_of(given_to_sh(daemon, command)) == ""


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_comment_before_each_call_holds_the_declaration(daemon):
    text = text_of(daemon, TOYS["month_and_week"], TOYS["with_values"])
    markers = [line for line in text.splitlines() if line.startswith("# jobs_api: ")]
    assert [re.search(r'"(?:name": "\w+|run_due)"', line)[0] for line in markers] == [
        '"name": "month_and_week"',
        '"name": "with_values"',
        '"run_due"',
    ]


def test_only_daemons_with_a_zone_are_given_one():
    zones = {daemon: re.findall(r"^CRON_TZ=(.*)$", text_of(daemon), re.MULTILINE) for daemon in DAEMONS}
    assert zones["crontab"] == zones["crontab-busybox"] == []
    assert zones["crontab-supercronic"] == ["UTC"], "it has one for the whole file"
    assert {*zones["crontab-cronie"]} == {"UTC", BERLIN, "America/New_York", "Asia/Kolkata"}


def test_cronie_reads_each_line_in_the_zone_of_its_job():
    text = text_of("crontab-cronie", TOYS["daily"], TOYS["weekdays_in_berlin"], TOYS["never_late"])
    order = [line.split()[0] for line in lines_of(text) if line.startswith("CRON_TZ")]
    assert order == ["CRON_TZ=UTC", f"CRON_TZ={BERLIN}", "CRON_TZ=UTC"], "daily; two in Berlin; run-due"


def test_busybox_is_given_no_variables_which_it_ignores():
    for form in (HTTP, COMMAND):
        text = text_of("crontab-busybox", form=form)
        assert not [line for line in lines_of(text) if VARIABLE.match(line)]
        assert "$" not in "".join(lines_of(text))


def test_days_are_numbers_because_cron_promises_no_lists_of_names():
    (fields, _), *_ = calls(text_of("crontab", toy("some", "0 3 * * MON-WED,SUN"), run_due="none"))
    assert fields.split()[4] == "0-3"


def test_a_machine_in_another_zone_calls_the_jobs_of_that_zone_as_declared():
    text = text_of("crontab", TOYS["daily"], TOYS["weekdays_in_berlin"], zone=BERLIN)
    assert [fields.split()[:2] for fields, _ in calls(text)] == [["30", "9"], ["*/5", "*"]]
    assert "# Not here: daily: The machine's zone is Europe/Berlin, and the job's UTC: let run-due" in text


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
def test_a_machine_in_utc_calls_the_jobs_of_all_zones(zone):
    text = text_of("crontab", TOYS["weekdays_in_berlin"], zone=zone, run_due="none")
    assert [fields.split()[:2] for fields, _ in calls(text)] == [["30", "8"], ["30", "7"]]


def test_a_zone_that_no_machine_has_is_refused():
    with pytest.raises(BadOption, match="--set zone: Time zone"):
        text_of("crontab", zone="Gotham/City")


@pytest.mark.parametrize("daemon", PERCENT)
def test_a_file_for_cron_d_has_the_user_as_sixth_field(daemon):
    commands = [command for _, command in calls(text_of(daemon, user="www-data"))]
    assert all(command.startswith("www-data /usr/bin/curl ") for command in commands)
    assert "/etc/cron.d/jobs_api" in text_of(daemon, user="www-data")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_secret_is_in_a_file_that_no_list_of_processes_shows(daemon, tmp_path):
    curl = Recorder(tmp_path / AWKWARD / "curl")
    line = only_call(daemon, curl=str(curl.path), secret_file=f"/etc/{AWKWARD}", log="")
    assert sh(line).returncode == 0
    assert curl.words[curl.words.index("--header") + 1] == f"@/etc/{AWKWARD}"
    assert curl.words[-1] == f"https://shop.example.com/api/jobs/daily/run?source={daemon}"
    assert "--retry" not in curl.words
    assert "--location" not in curl.words


def test_supercronic_hands_on_the_secret_of_its_own_environment(tmp_path):
    curl = Recorder(tmp_path / "curl")
    line = only_call("crontab-supercronic", curl=str(curl.path))
    assert sh(line, CRON_SECRET="s3cret").returncode == 0
    assert curl.input == "Authorization: Bearer s3cret\n"
    assert curl.words[curl.words.index("--header") + 1] == "@-"


@pytest.mark.parametrize("form", [HTTP, COMMAND])
@pytest.mark.parametrize("daemon", DAEMONS)
def test_output_is_kept_and_the_exit_status_shows_a_failure(daemon, form, tmp_path):
    program = Recorder(tmp_path / AWKWARD / "program", status=22)
    log = tmp_path / f"log {AWKWARD}"
    line = only_call(
        daemon,
        form=form,
        log=str(log),
        env_file="",
        curl=str(program.path),
        python=str(program.path),
        directory=str(tmp_path),
    )
    for _ in range(2):
        done = sh(line)
        assert (done.returncode, done.stdout, done.stderr) == (22, "", "")
    assert log.read_text().splitlines() == ["on stdout", "on stderr"] * 2


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_command_has_the_environment_of_the_web_server(daemon, tmp_path):
    folder = tmp_path / AWKWARD
    python = Recorder(folder / "bin" / "python")
    environment = folder / "environment"
    environment.write_text("DATABASE_URL='postgres://u:p%40$x@db/shop'\nTWO='a b'\n")
    line = only_call(
        daemon, form=COMMAND, directory=str(folder), python="bin/python", env_file=str(environment)
    )
    sh(line.partition(" >>")[0])
    assert python.words == ["manage.py", "jobs_run", "daily", f"--source={daemon}", "--quiet"]
    assert python.folder == str(folder)
    assert python.environment["DATABASE_URL"] == "postgres://u:p%40$x@db/shop"
    assert python.environment["TWO"] == "a b"


def test_without_its_environment_a_command_does_not_run_on_another_database(tmp_path):
    python, log = Recorder(tmp_path / "python"), tmp_path / "log"
    line = only_call(
        "crontab",
        form=COMMAND,
        directory=str(tmp_path),
        python=str(python.path),
        env_file="/no/such/file",
        log=str(log),
    )
    assert sh(line).returncode != 0
    assert not python.called
    assert "/no/such/file" in log.read_text()


def test_a_caller_waits_as_long_as_an_inline_run_may_take():
    patient = Job("slow", command="toy", schedule="0 3 * * *", timezone="UTC", timeout=7200)
    (_, slow), (_, run_due) = calls(text_of("crontab", patient))
    assert re.search(r"--max-time (\d+)", slow)[1] == "7230"
    assert re.search(r"--max-time (\d+)", run_due)[1] == "240"


def test_a_command_that_cron_would_not_read_whole_is_refused():
    far = f"https://shop.example.com/{'far/' * 200}api"
    for daemon in PERCENT:
        with pytest.raises(BadOption, match="daily: its command has "):
            text_of(daemon, TOYS["daily"], base_url=far)
    assert far in text_of("crontab-busybox", TOYS["daily"], base_url=far)


@pytest.mark.parametrize("form", [HTTP, COMMAND])
def test_the_head_tells_how_to_make_the_files_that_the_lines_need(form, tmp_path):
    """Each command is a line of its own, however long its paths are."""
    file, log = tmp_path / ("long" * 20) / "file", tmp_path / ("folder" * 20) / "cron.log"
    text = text_of("crontab", form=form, secret_file=str(file), env_file=str(file), log=str(log))
    steps = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    assert [step for step in steps if step.startswith("chown")] == [
        f"chown the-user-of-these-lines {path}" for path in (file, log)
    ]
    script = "\n".join(steps).replace("the-user-of-these-lines", str(os.getuid()))
    assert sh(f"set -e\n{script}", CRON_SECRET="s3cret").returncode == 0
    assert file.read_text() == ("Authorization: Bearer s3cret\n" if form == HTTP else "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert log.read_text() == ""


@contextmanager
def server(status, seen):
    """Answers each POST so, and keeps its headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(dict(self.headers))
            body = b'{"outcome": "failed"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}/api"
        served.shutdown()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (202, 0), (500, 22), (503, 22)])
def test_curl_sends_the_header_of_the_file_and_shows_what_was_answered(status, exit_status, tmp_path):
    secret, log, seen = tmp_path / "authorization", tmp_path / "log", []
    secret.write_text("Authorization: Bearer s3cret\n")
    with server(status, seen) as base_url:
        line = only_call(
            "crontab", base_url=base_url, curl=shutil.which("curl"), secret_file=str(secret), log=str(log)
        )
        assert sh(line).returncode == exit_status
    assert seen[0]["Authorization"] == "Bearer s3cret"
    assert seen[0]["Content-Length"] == "0", "some servers answer 411 without it"
    assert '{"outcome": "failed"}' in log.read_text().splitlines()
