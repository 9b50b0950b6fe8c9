"""`manage.py jobs_import`, as a person types it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from jobs_api.importers import all_importers
from tests.jobs_api.importers.sampling import jobs_of

CRONTAB = "0 3 * * * ./manage.py clearsessions > log\n@reboot ./manage.py start\n"


def run(*words: str, text: str | None = None) -> tuple[str, str]:
    """Standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    stdin = mock.Mock(buffer=io.BytesIO((text or "").encode()))
    with mock.patch.object(sys, "stdin", stdin):
        call_command("jobs_import", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_file_becomes_a_jobs_py_and_a_summary(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB)
    out, err = run("crontab", str(tmp_path / "crontab"), "--timezone", "Europe/Berlin")
    (job,) = jobs_of(out)
    assert (job.name, job.schedule, job.timezone) == ("clearsessions", "0 3 * * *", "Europe/Berlin")
    assert err == "1 job, 1 not carried over, 1 with notes. The comments tell why.\n"


def test_a_dash_is_standard_input() -> None:
    out, _ = run("crontab", "-", text=CRONTAB)
    assert len(jobs_of(out)) == 1


def test_what_cannot_be_a_comment_or_value_of_utf_8_is_still_shown(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_bytes(
        b"\xef\xbb\xbf0 3 * * * ./manage.py a \xff\r\n0 4 * * * ./manage.py b\r\n"
    )
    out, _ = run("crontab", str(tmp_path / "crontab"))
    assert [job.name for job in jobs_of(out)] == ["b"]
    assert "It holds bytes that are not UTF-8" in out
    assert "\\udcff" in out


def test_the_output_goes_to_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB)
    target = tmp_path / "jobs.py"
    out, err = run("crontab", str(tmp_path / "crontab"), "--output", str(target))
    assert out == ""
    assert "1 job" in err
    assert len(jobs_of(target.read_text())) == 1
    with pytest.raises(CommandError, match="exists"):
        run("crontab", str(tmp_path / "crontab"), "--output", str(target))


def test_json_tells_a_program_each_entry_with_its_reason() -> None:
    out, _ = run("crontab", "-", "--json", text=CRONTAB + "0 5 * * * ./manage.py a --password horse\n")
    first, second, third = json.loads(out)
    assert first["job"] == {"name": "clearsessions", "schedule": "0 3 * * *"}
    assert second["job"] is None
    assert "@reboot" in second["reason"]
    assert third["original"] == ["0 5 * * * ./manage.py a --password ***"]
    assert "horse" not in out


def test_the_sources_are_listed() -> None:
    out, _ = run("--list")
    assert [line.split()[0] for line in out.splitlines()[1:]] == sorted(all_importers())
    listed = json.loads(run("--list", "--json")[0])
    assert {row["source"] for row in listed} == set(all_importers())


REFUSED: dict[str, tuple[list[str], str]] = {
    "no source": ([], "Name a source. There are: apscheduler, "),
    "an unknown source": (["cron"], "There is no source 'cron'"),
    "no file": (["crontab"], "Name the file"),
    "a file that is not there": (["crontab", "/no/such/file"], "No such file"),
    "a folder": (["export", "/"], "/ is a folder: name a file, or pipe all of them into FILE `-`."),
    "an empty file": (["crontab", "empty", "--output", "jobs.py"], "empty is empty: nothing is imported."),
    "a file for a source that reads none": (["cronjobs", "settings.py"], "takes no FILE"),
    "an unknown zone": (["crontab", "-", "--timezone", "Mars"], 'Time zone "Mars" is not known'),
    "a folder that is not there": (
        ["crontab", "-", "--output", "/no/such/jobs.py"],
        "/no/such does not exist",
    ),
    "no settings": (["cron-classes"], "no CRON_CLASSES"),
    "a file that is too large": (["crontab", "large"], "larger than"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_command_line_is_refused_with_the_remedy(kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    words, reason = REFUSED[kind]
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(9 * 1024 * 1024)
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(CommandError) as refused:
        run(*words, text=CRONTAB)
    assert reason in str(refused.value)
    assert not (tmp_path / "jobs.py").exists()


def test_a_crontab_of_nobody_is_not_imported_as_no_jobs() -> None:
    """`crontab -l` as the wrong user tells so on stderr, and pipes nothing."""
    with pytest.raises(CommandError, match="Standard input is empty: nothing is imported"):
        run("crontab", "-", text="")


def test_the_help_fits_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        call_command("jobs_import", "--help")
    shown = capsys.readouterr().out
    assert "jobs_import crontab /etc/cron.d/shop --output shop/jobs.py" in shown
    assert max(map(len, shown.splitlines())) <= 80
