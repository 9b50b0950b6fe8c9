"""`manage.py jobs_export`: what it prints, writes, compares and refuses."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import stat

import pytest
from django.conf import settings

from jobs_api import Job, exporters, registry
from jobs_api.exporters.common import wish
from jobs_api.management.commands import jobs_export
from jobs_api.registry import discovery
from jobs_api.registry.validation import Fault
from tests.jobs_api.exporters.toy_exporters import toy_exporter
from tests.jobs_api.management.calling import manage

ADDRESS = "--base-url=https://shop.example.com"
REAL = exporters.all_exporters()
TOYS = {
    "toy": toy_exporter(),
    "toy-hourly": toy_exporter(floor=60),
    "toy-once": toy_exporter(lines=1),
    "toy-without-cron": toy_exporter(cron=False),
}


@pytest.fixture(autouse=True)
def toy_platforms(monkeypatch, declare):
    for module in (exporters, wish, jobs_export):
        monkeypatch.setattr(module, "all_exporters", lambda: TOYS)
    declare("nightly", timezone="America/New_York", description="Tidies\nup.")
    declare("report_weekly", schedule="0 6 1,15 * 1", timezone="UTC")
    declare("on_demand", schedule=None)


def export(*words):
    return manage("jobs_export", *words)


# -- what is printed ----------------------------------------------------------------------------


def test_it_prints_the_export_and_nothing_else():
    said = export("toy", ADDRESS)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("# Toy: triggers the jobs")
    assert "# Written by: manage.py jobs_export toy --base-url https://shop.example.com/api\n" in said.out
    assert "0 8 * 1-3,11,12 * https://shop.example.com/api/jobs/nightly/run?source=toy " in said.out
    assert "*/5 * * * * https://shop.example.com/api/run-due?source=toy " in said.out
    assert "# Not here, because they have no schedule: on_demand.\n" in said.out
    assert said.out.endswith("\n")
    assert not said.out.endswith("\n\n")


def test_the_command_form_needs_no_address():
    said = export("toy", "--form", "command")
    assert said.code == 0
    assert "jobs_run nightly --source=toy " in said.out
    assert "jobs_run_due --source=toy " in said.out


def test_only_chooses_by_name():
    said = export("toy", ADDRESS, "--only", "night*", "--only", "report_?eekly")
    assert "/jobs/nightly/run" in said.out
    assert "/jobs/report_weekly/run" in said.out
    said = export("toy", ADDRESS, "--only", "report_*", "--run-due-every", "none")
    assert "/jobs/nightly/run" not in said.out
    assert "run-due" not in said.out.split("* *")[-1]
    assert "--only 'report_*' --run-due-every none" in said.out


def test_run_due_alone_has_no_entry_for_a_job():
    said = export("toy", ADDRESS, "--run-due-alone", "--run-due-every", "10m")
    assert "/run-due?source=toy" in said.out
    assert "*/10 * * * *" in said.out
    assert "/jobs/" not in said.out


def test_a_setting_replaces_its_default():
    assert "'directory': '/srv/app'" in export("toy", ADDRESS).out
    said = export("toy", ADDRESS, "--set", "directory=/srv/a=b c")
    assert "'directory': '/srv/a=b c'" in said.out
    assert "--set 'directory=/srv/a=b c'" in said.out


def test_a_platform_that_calls_more_seldom_is_given_run_due_as_often_as_it_can():
    assert "0 * * * * https://shop.example.com/api/run-due" in export("toy-hourly", ADDRESS).out


def test_for_programs_it_is_json():
    said = export("toy-once", ADDRESS, "--json").json()
    assert [entry["name"] for entry in said["entries"]] == ["nightly", "run-due"]
    assert said["entries"][0]["lines"] == ["0 7,8 * * *"]
    assert [refusal["job"] for refusal in said["refused"]] == ["report_weekly"]
    assert said["text"].startswith("# Toy: ")


# -- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("--list",), ()])
def test_the_list_names_each_platform_with_what_it_can(words):
    said = export(*words)
    assert said.lines[0] == "platform title forms zones file"
    assert "toy Toy http, command UTC toy.txt" in said.lines
    assert "toy-without-cron Toy http, command run-due only toy.txt" in said.lines


def test_the_list_of_a_platform_names_its_settings():
    # As --set takes it, and legible on a narrow terminal.
    assert export("toy", "--list").out == "directory=/srv/app\n    where the project is\n"
    assert export("toy", "--list", "--json").json() == [
        {"setting": "directory", "default": "/srv/app", "help": "where the project is"}
    ]


# -- what a platform cannot ---------------------------------------------------------------------


def test_a_job_that_cannot_be_exported_is_named_and_run_due_starts_it():
    said = export("toy-once", ADDRESS)
    assert said.code == 0
    assert said.err.startswith("Not exported to Toy: report_weekly. It takes one line for a job")
    assert "# Not here: report_weekly: It takes one line for a job, and this one needs 2" in said.out


def test_without_run_due_such_a_job_is_an_error():
    said = export("toy-once", ADDRESS, "--run-due-every", "none")
    assert said.code == 1
    assert "Nobody starts them: leave out --run-due-every none." in said.err
    assert "/jobs/nightly/run" in said.out


def test_a_check_fails_too_where_nobody_starts_a_job(tmp_path):
    words = ["toy-once", ADDRESS, "--run-due-every", "none"]
    export(*words, "--output", tmp_path / "toy.txt")
    assert export(*words, "--check", tmp_path / "toy.txt").code == 1
    assert export("toy-once", ADDRESS, "--check", tmp_path / "toy.txt").code == 1  # another command line


def test_a_platform_without_cron_lines_calls_run_due():
    said = export("toy-without-cron", ADDRESS)
    assert (said.code, said.out.count("Bearer")) == (0, 1)


# -- options that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tyo"], "There is no platform 'tyo'. Did you mean 'toy'?"),
        (["toy"], "--base-url is missing"),
        (["toy", "--base-url", "https://a:b@shop.example.com"], "a secret has no place in a URL"),
        (["toy", ADDRESS, "--only", "nightyl"], "no job is called 'nightyl'. Did you mean 'nightly'?"),
        (["toy", ADDRESS, "--only", "night*", "--only", "x*"], "no job is called 'x*'. There are: nightly"),
        (["toy", ADDRESS, "--only", "[\n* * * * * root evil #a-z]*"], "--only: the value must be one line"),
        (["toy", ADDRESS, "--only", "[\x1ba-z]*"], "--only: the value must be one line"),
        (["toy", ADDRESS, "--run-due-every", "5m\n"], "is not a length of time"),
        (["toy", ADDRESS, "--run-due-every", "7m"], "write 6m or 10m"),
        (["toy-hourly", ADDRESS, "--run-due-every", "5m"], "Toy calls every 1h at most: write 1h."),
        (["toy", ADDRESS, "--run-due-alone", "--run-due-every", "none"], "leave nothing"),
        (["toy", ADDRESS, "--form", "smoke"], "Toy has only http and command, not 'smoke'"),
        (["toy", ADDRESS, "--set", "folder=/srv"], "Toy has no setting 'folder'. There are: directory."),
        (["toy", ADDRESS, "--set", "directory"], "--set directory: write directory=VALUE."),
        (["toy", ADDRESS, "--set", "directory=a\nb"], "must be one line"),
        (["toy", ADDRESS, "--set", "directory=\x1b[2K"], "must be one line"),
        (["toy", ADDRESS, "--set", "directory=srv/app"], "--set directory: write an absolute path"),
        (["toy", ADDRESS, "--set", "directory=/srv/\\%"], "--set directory: write an absolute path, without"),
        (["toy", ADDRESS, "--only", "on_demand", "--run-due-every", "none"], "Nothing is left to export"),
        (["toy-without-cron", ADDRESS, "--run-due-every", "none"], "It takes no cron lines"),
        (
            ["toy", ADDRESS, "--output", "/no/such/folder/file"],
            "its folder does not exist: mkdir -p /no/such/folder",
        ),
        (["toy", ADDRESS, "--output", "/tmp/"], "/tmp/ is a folder: name the file, such as /tmp/toy.txt."),
        (["toy", ADDRESS, "--check", "/"], "cannot be read: Is a directory"),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_used_is_named_with_the_remedy(words, told):
    said = export(*words)
    assert said.code == 1
    assert told in said.err
    assert said.out == ""


def test_errors_in_the_declarations_come_first(monkeypatch):
    monkeypatch.setattr(discovery, "faults", [Fault("jobs_api.E010", "Job 'other': no.", "Yes.")])
    said = export("toy", ADDRESS)
    assert said.code == 1
    assert "Job 'other': no." in said.err
    assert said.out == ""


# -- the check ----------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    return tmp_path / "toy.txt"


def test_a_file_that_was_written_is_up_to_date(file):
    said = export("toy", ADDRESS, "--output", file)
    assert (said.code, said.lines) == (0, [f"{file}: 2 jobs and run-due."])
    said = export("toy", ADDRESS, "--check", file)
    assert (said.code, said.lines) == (0, [f"{file} is up to date."])


def test_the_way_the_address_is_typed_makes_no_difference(file):
    export("toy", "--base-url=https://SHOP.example.com/api/", "--output", file)
    assert export("toy", ADDRESS, "--check", file).code == 0


def test_a_file_that_differs_is_shown_with_the_command_that_writes_it(file):
    export("toy", ADDRESS, "--output", file)
    registry.fill([Job("nightly", command="toy", schedule="0 4 * * *", timezone="UTC")])
    said = export("toy", ADDRESS, "--check", file)
    assert said.code == 1
    assert f"--- {file}" in said.out
    assert "-# jobs_api: {" in said.out
    assert '"schedule": "0 4 * * *"' in said.out
    assert said.err == (
        f"Write it with: manage.py jobs_export toy --base-url https://shop.example.com/api --output {file}\n"
    )
    said = export("toy", ADDRESS, "--check", file, "--json")
    assert said.code == 1
    assert said.json()["equal"] is False


def test_a_file_that_other_options_wrote_is_told_with_them(file):
    export("toy", ADDRESS, "--run-due-every", "1h", "--output", file)
    for words in ((), ("--only", "nightly"), ("--set", "directory=/srv/shop")):
        said = export("toy", ADDRESS, *words, "--check", file)
        assert said.code == 1
        assert said.err == (
            f"{file} was written by: manage.py jobs_export toy --base-url https://shop.example.com/api "
            "--run-due-every 1h. Compare it with the same options, or write it anew with other ones.\n"
        )


def test_the_check_of_another_platforms_file_does_not_tell_to_replace_it(file, monkeypatch):
    export("toy", ADDRESS, "--output", file)
    monkeypatch.setitem(TOYS, "crontab", REAL["crontab"])
    said = export("crontab", ADDRESS, "--check", file)
    assert f"{file} was written by: manage.py jobs_export toy " in said.err
    assert "--output" not in said.err


def test_a_secret_in_the_command_of_a_file_is_not_shown(file):
    export("toy", ADDRESS, "--output", file)
    file.write_text(file.read_text().replace("export toy", f"export toy --set x={settings.CRON_SECRET}\x1b"))
    said = export("toy", ADDRESS, "--check", file)
    assert "was written by" in said.err
    assert settings.CRON_SECRET not in said.out + said.err
    assert "\x1b" not in said.err


def test_a_file_that_is_missing_is_told_with_the_command_that_writes_it(file):
    said = export("toy", ADDRESS, "--check", file)
    assert said.code == 1
    assert f"{file} does not exist. Write it with: manage.py jobs_export toy" in said.err


def test_what_is_installed_can_be_piped_in(file, monkeypatch):
    export("toy", ADDRESS, "--output", file)
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text()))
    assert export("toy", ADDRESS, "--check", "-").lines == ["standard input is up to date."]


def test_other_lines_of_a_crontab_are_not_told_to_be_replaced(file, monkeypatch):
    """`crontab FILE` would remove the backup of somebody."""
    export("toy", ADDRESS, "--output", file)
    monkeypatch.setattr("sys.stdin", io.StringIO("30 1 * * 0 pg_dump shop\n" + file.read_text()))
    said = export("toy", ADDRESS, "--check", "-")
    assert said.code == 1
    assert "-30 1 * * 0 pg_dump shop" in said.out
    assert said.err == (
        "standard input holds the whole export, and other lines beside it: keep them apart to compare it.\n"
    )


def test_no_secret_of_the_file_is_shown(file):
    export("toy", ADDRESS, "--output", file)
    file.write_text(file.read_text().replace("$CRON_SECRET", settings.CRON_SECRET))
    said = export("toy", ADDRESS, "--check", file)
    assert said.code == 1
    assert "-*/5 * * * *" in said.out
    assert settings.CRON_SECRET not in said.out + said.err


def test_a_file_with_other_line_ends_is_the_same(file):
    export("toy", ADDRESS, "--output", file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert export("toy", ADDRESS, "--check", file).code == 0


@pytest.mark.parametrize("platform", ["crontab", "crontab-busybox", "flyio", "qstash"])
def test_ends_of_lines_are_told_where_they_break_each_command(file, monkeypatch, platform):
    """cron hands "... 2>&1" and a carriage return to its shell."""
    monkeypatch.setitem(TOYS, platform, REAL[platform])
    export(platform, ADDRESS, "--output", file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    said = export(platform, ADDRESS, "--check", file)
    assert said.code == 1
    assert "Only the ends of lines differ" in said.out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert export(platform, ADDRESS, "--check", "-").code == 1
    assert export(platform, ADDRESS, "--output", file).code == 0
    assert export(platform, ADDRESS, "--check", file).code == 0


# -- the file -----------------------------------------------------------------------------------


def test_a_file_of_somebody_else_is_kept_without_force(file):
    file.write_text("MAILTO=ops\n")
    said = export("toy", ADDRESS, "--output", file)
    assert said.code == 1
    assert "is not what jobs_export wrote" in said.err
    assert "--force" in said.err
    assert file.read_text() == "MAILTO=ops\n"
    assert export("toy", ADDRESS, "--output", file, "--force").code == 0
    assert file.read_text().startswith("# Toy: ")


def test_the_export_to_another_platform_is_kept_without_force(file, monkeypatch):
    export("toy", ADDRESS, "--output", file)
    monkeypatch.setitem(TOYS, "crontab", REAL["crontab"])
    before, said = file.read_text(), export("crontab", ADDRESS, "--output", file)
    assert said.code == 1
    assert f"{file} is the export to Toy, not to Debian cron: name another file" in said.err
    assert file.read_text() == before
    assert export("crontab", ADDRESS, "--output", file, "--force").code == 0


def test_our_own_file_is_replaced_as_a_whole_with_its_mode(file):
    export("toy", ADDRESS, "--output", file)
    file.chmod(0o640)
    export("toy", ADDRESS, "--output", file, "--run-due-every", "1h")
    assert "0 * * * *" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(file.parent) == [file.name]


def test_a_link_stays_a_link(file, tmp_path):
    real = tmp_path / "real.txt"
    file.symlink_to(real)
    export("toy", ADDRESS, "--output", file)
    assert file.is_symlink()
    assert real.read_text().startswith("# Toy: ")


@pytest.mark.parametrize("flags", [(), ("--force",)])
def test_what_is_no_file_is_not_replaced_by_one(tmp_path, flags):
    """As root, an --output /dev/null would take that device away from the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = export("toy", ADDRESS, "--output", pipe, *flags)
    assert f"{pipe} is not a regular file" in said.err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_without_comments_nobody_knows_whose_file_it_is(file, monkeypatch):
    monkeypatch.setitem(TOYS, "toy", dataclasses.replace(TOYS["toy"], comment=""))
    file.write_text("{}")
    assert "it may hold keys of yours" in export("toy", ADDRESS, "--output", file).err


def test_keys_of_the_project_in_a_file_without_comments_are_no_difference(file, monkeypatch):
    """A vercel.json holds the project's own settings; CI compares our part of it."""
    monkeypatch.setitem(TOYS, "vercel", REAL["vercel"])
    members = json.loads(export("vercel", ADDRESS).out)
    file.write_text(json.dumps({"framework": None, **members, "regions": ["fra1"]}))
    said = export("vercel", ADDRESS, "--check", file)
    assert (said.code, said.lines) == (0, [f"{file} is up to date."])
    members["crons"][0]["schedule"] = "0 4 * * *"
    file.write_text(json.dumps({"framework": None, **members}))
    said = export("vercel", ADDRESS, "--check", file)
    assert said.code == 1
    assert '-      "schedule": "0 4 * * *"' in said.out
    assert "framework" not in said.out
    assert said.err == f"Put what differs into {file} by hand, because it may hold keys of yours.\n"


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"crons": []}', "{}", '{"crons": ' + "[" * 5000])
def test_a_file_without_comments_that_lacks_our_part_differs(text, file, monkeypatch):
    monkeypatch.setitem(TOYS, "vercel", REAL["vercel"])
    file.write_text(text)
    assert export("vercel", ADDRESS, "--check", file).code == 1


def test_no_hint_replaces_a_file_that_holds_more_than_the_export(file, monkeypatch):
    """A render.yaml has the web service, too: --output with --force would remove it."""
    monkeypatch.setitem(TOYS, "render", REAL["render"])
    services = export("render", ADDRESS).out.split("services:\n")[1]
    file.write_text(f"services:\n  - type: web\n    name: web\n{services}")
    said = export("render", ADDRESS, "--check", file)
    assert said.code == 1
    assert "keep the export in a file of its own, compare that one, and copy from it: manage.py" in said.err
    assert f"--output {file}" not in said.err


# -- a folder -----------------------------------------------------------------------------------


@pytest.fixture
def units(monkeypatch, tmp_path):
    monkeypatch.setitem(TOYS, "toy", REAL["systemd"])
    return tmp_path / "units"


def test_an_export_of_several_files_is_a_folder(units):
    assert export("toy", ADDRESS, "--check", units).err.startswith("CommandError: " + str(units))
    said = export("toy", ADDRESS, "--output", units)
    assert said.lines[0] == f"{units}: 2 jobs and run-due."
    assert "systemctl enable --now" in said.out, "how to apply it, which no single file says"
    assert {file.suffix for file in units.iterdir()} == {".timer", ".service"}
    assert export("toy", ADDRESS, "--check", units).lines == [f"{units} is up to date."]


def test_a_file_of_it_that_differs_or_is_missing_is_shown(units):
    export("toy", ADDRESS, "--output", units)
    first, second, *_ = sorted(units.iterdir())
    first.unlink()
    second.write_text(second.read_text().replace("[Unit]", "[Unti]"))
    said = export("toy", ADDRESS, "--check", units)
    assert said.code == 1
    assert f"+# File: {first.name}" in said.out
    assert "-[Unti]" in said.out


def test_a_file_in_its_place_is_told(units):
    units.write_text("")
    assert "name a folder" in export("toy", ADDRESS, "--output", units).err


def test_a_file_of_somebody_else_in_it_is_kept(units):
    export("toy", ADDRESS, "--output", units)
    (units / "sshd.service").write_text("[Unit]\n")
    first = min(units.iterdir())
    first.write_text("[Unit]\n")
    said = export("toy", ADDRESS, "--output", units)
    assert f"{first} is not what jobs_export wrote" in said.err
    assert export("toy", ADDRESS, "--output", units, "--force").code == 0
    assert (units / "sshd.service").read_text() == "[Unit]\n"
    assert export("toy", ADDRESS, "--check", units).code == 0


@pytest.mark.parametrize("prefix", ["../x", "/x", "a/b", "a b", "%n", ".x", "-x"])
def test_no_setting_leads_out_of_the_folder(units, prefix):
    said = export("toy", ADDRESS, "--output", units, "--set", f"prefix={prefix}")
    assert "--set prefix: write letters, digits" in said.err
    assert not units.exists()


@pytest.mark.parametrize("user", ["root * * * * root", "a b", "%h", "$(id)", "-x", "a;b", "../x"])
@pytest.mark.parametrize("platform", ["crontab", "systemd", "supervisord", "launchd"])
def test_a_user_is_one_name(monkeypatch, platform, user):
    monkeypatch.setitem(TOYS, platform, REAL[platform])
    said = export(platform, ADDRESS, "--set", f"user={user}")
    assert "--set user: write the name of a user" in said.err
