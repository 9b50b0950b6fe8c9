"""Programs of supervisord, read as supervisord reads them; `make schedulers` starts the real one."""

from __future__ import annotations

import configparser
import shlex

from jobs_api.exporters import all_exporters
from tests.jobs_api.exporters.shells import Recorder, sh, syntax_of
from tests.jobs_api.exporters.toys import TOYS, plan_for

AWKWARD = "it's 100% odd"


def programs(**named):
    """The keys of each program, expanded."""
    exporter = all_exporters()["supervisord"]
    # Its comments may follow a value, behind a blank; it expands %(name)s, and %% to %.
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(exporter.render(plan_for(exporter, **named)))
    return {
        section.removeprefix("program:jobs_api_"): {key: value % {} for key, value in parser[section].items()}
        for section in parser.sections()
    }


def script_of(program):
    shell, option, script = shlex.split(program["command"])
    assert (shell, option) == ("/bin/sh", "-c")
    return script


def test_it_keeps_web_worker_beat_and_flower_and_calls_run_due():
    found = programs(celery="shop", wsgi="shop.wsgi:application")
    assert list(found) == ["web", "worker", "beat", "flower", "run-due"]
    endings = {
        "web": "-m gunicorn shop.wsgi:application",
        "worker": "-m celery --app shop worker --loglevel INFO --concurrency 2",
        "beat": "-m celery --app shop beat --loglevel INFO --pidfile=",
        "flower": "-m celery --app shop flower --address=127.0.0.1 --port=5555",
    }
    for name, ending in endings.items():
        script = script_of(found[name])
        assert script.endswith(ending)
        assert " && exec .venv/bin/python " in script, "signals reach the program, not a shell"


def test_what_is_not_named_is_left_out():
    assert list(programs(celery="", run_due="none")) == ["web"]
    assert list(programs(wsgi="", flower="")) == ["worker", "beat", "run-due"]


def test_the_worker_serves_the_queues_that_are_named_and_beat_keeps_its_file_where_told():
    found = programs(queues="celery,reports", beat_file="/var/lib/shop/beat file")
    assert script_of(found["worker"]).endswith(" --queues celery,reports")
    assert script_of(found["beat"]).endswith(" --schedule '/var/lib/shop/beat file'")


def test_each_program_keeps_its_output_and_has_time_to_stop():
    for name, program in programs().items():
        assert program["stdout_logfile"] == f"/var/log/jobs_api/jobs_api_{name}.log"
        assert program["redirect_stderr"] == "true"
        assert syntax_of(script_of(program)) == ""
        assert name == "flower" or int(program["stopwaitsecs"]) > 25


def test_a_program_starts_in_its_folder_with_the_environment_of_the_project(tmp_path):
    folder = tmp_path / AWKWARD
    python = Recorder(folder / "python")
    (folder / "environment").write_text("ONE='a b'\n")
    found = programs(directory=str(folder), python="./python", env_file=str(folder / "environment"))
    assert sh(script_of(found["worker"])).returncode == 0
    assert python.words[:2] == ["-m", "celery"]
    assert (python.folder, python.environment["ONE"]) == (str(folder), "a b")


def test_run_due_is_called_again_after_it_failed(tmp_path):
    folder = tmp_path / AWKWARD
    python = Recorder(folder / "python", status=1)
    found = programs(directory=str(folder), python="./python", env_file="", run_due="1m")
    script = script_of(found["run-due"])
    assert "sleep $((60 - $(date +%s) % 60))" in script
    twice = script.replace("while true", "for turn in 1 2").replace("sleep ", "echo >>calls ")
    assert sh(twice).returncode == 0
    assert len((folder / "calls").read_text().splitlines()) == 2
    assert python.words == ["manage.py", "jobs_run_due", "--source=supervisord", "--quiet"]


def test_jobs_are_named_as_left_to_run_due():
    exporter = all_exporters()["supervisord"]
    text = exporter.render(plan_for(exporter, TOYS["daily"]))
    assert "; Not here: daily: It takes no cron lines: run-due starts this job." in text
