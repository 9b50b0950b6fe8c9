"""Google Cloud Scheduler: the script with a gcloud that keeps jobs in files, and the text of Terraform."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common.comments import MARK
from jobs_api.exporters.common.hcl import quoted
from tests.jobs_api.exporters.toys import BASE_URL, TOYS, plan_for, toy

SCRIPT, TERRAFORM = "cloud-scheduler-gcloud", "cloud-scheduler-terraform"
SECRET = "s3cret-" + "x" * 30
GCLOUD = """\
#!/bin/sh
# Each call's words go to calls; a job is a file with the flags of its newest call.
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1 $2 $3" in
  "secrets versions access") cat "$here/secret"; exit ;;
esac
verb=$3
[ "$verb" = describe ] && name=$4 || name=$5
case $verb in
  describe)
    [ ! -e "$here/refusing" ] || { echo "ERROR: PERMISSION_DENIED: no" >&2; exit 1; }
    [ -e "$here/jobs/$name" ] || { echo "ERROR: NOT_FOUND: Job not found." >&2; exit 1; } ;;
  create) [ ! -e "$here/jobs/$name" ] || { echo "ERROR: ALREADY_EXISTS" >&2; exit 1; } ;;
  update) [ -e "$here/jobs/$name" ] || { echo "ERROR: NOT_FOUND" >&2; exit 1; } ;;
esac
[ "$verb" != describe ] || exit 0
for word in "$@"; do
  case $word in
    --flags-file=*) file=${word#*=}
                    ls -l "$file" | cut -c 1-10 >> "$here/modes"
                    cat "$file" >> "$here/flags"
                    cat "$file" # as gcloud prints the whole job
                    printf '%s\\n' "$file" >> "$here/files" ;;
  esac
done
shift 5
for word in "$@"; do case $word in --flags-file=*) ;; *) echo "$word" ;; esac; done > "$here/jobs/$name"
"""


def text_of(platform, *jobs, **settings):
    exporter = all_exporters()[platform]
    return exporter.render(plan_for(exporter, *jobs, **settings))


@pytest.fixture
def cloud(tmp_path):
    """A folder with a gcloud, its secret, and the script."""
    (tmp_path / "gcloud").write_text(GCLOUD)
    (tmp_path / "gcloud").chmod(0o755)
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "jobs").mkdir()
    return tmp_path


def run(cloud: Path, text: str) -> subprocess.CompletedProcess[str]:
    (cloud / "script.sh").write_text(text)
    env = {"PATH": f"{cloud}:/usr/bin:/bin"}
    return subprocess.run(["sh", "script.sh"], cwd=cloud, env=env, capture_output=True, text=True, timeout=60)


def kept(cloud: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (cloud / "jobs").iterdir()}


def test_the_script_creates_each_job_and_a_second_run_changes_none(cloud):
    text = text_of(SCRIPT, TOYS["daily_in_new_york"], TOYS["month_and_week"])
    first = run(cloud, text)
    jobs = kept(cloud)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "created  daily_in_new_york",
        "created  month_and_week",
        "created  month_and_week-2",
        "created  run-due",
    ]
    second = run(cloud, text)
    assert second.stdout == first.stdout.replace("created", "updated")
    assert kept(cloud) == jobs


def test_a_job_of_the_script_has_the_declarations_limits(cloud):
    job = toy("one", "0 3 * * *", "America/New_York", timeout=600, max_attempts=2, retry_backoff=120)
    run(cloud, text_of(SCRIPT, job))
    words = set(kept(cloud)["one"].splitlines()) - {"--quiet"}
    assert dict(word.removeprefix("--").split("=", 1) for word in words) == {
        "location": "europe-west1",
        "http-method": "post",
        "schedule": "0 3 * * *",
        "time-zone": "America/New_York",
        "uri": f"{BASE_URL}/jobs/one/run?source={SCRIPT}",
        "description": "jobs_api: Does what a test asks for.",
        "attempt-deadline": "600s",
        "max-retry-attempts": "2",
        "min-backoff": "120s",
        "max-backoff": "3600s",
        "max-doublings": "5",
    }


def test_neither_command_lines_nor_output_show_the_secret_and_its_file_is_gone(cloud):
    found = [run(cloud, text_of(SCRIPT, TOYS["daily"])) for _ in range(2)]
    assert SECRET not in (cloud / "calls").read_text()
    assert not any(SECRET in each.stdout + each.stderr for each in found)
    created, updated = (
        {key: {"Authorization": f"Bearer {SECRET}"}} for key in ("--headers", "--update-headers")
    )
    assert [json.loads(line) for line in (cloud / "flags").read_text().splitlines()] == [
        created,
        created,
        updated,
        updated,
    ]
    assert set((cloud / "modes").read_text().split()) == {"-rw-------"}
    assert not any(Path(name).exists() for name in (cloud / "files").read_text().split())


@pytest.mark.parametrize("secret", ["", 'x"}, "y": {"', "two,secrets", "a b"])
def test_a_secret_that_is_none_stops_the_script_before_any_job(cloud, secret):
    (cloud / "secret").write_text(secret)
    found = run(cloud, text_of(SCRIPT, TOYS["daily"]))
    assert found.returncode == 1
    assert found.stderr == "The secret cron-secret does not hold one CRON_SECRET.\n"
    assert kept(cloud) == {}


def test_an_error_of_gcloud_is_shown_and_creates_nothing(cloud):
    (cloud / "refusing").write_text("")
    found = run(cloud, text_of(SCRIPT, TOYS["daily"]))
    assert found.returncode == 1
    assert "PERMISSION_DENIED" in found.stderr
    assert kept(cloud) == {}


def test_what_a_description_holds_is_text_for_the_shell(cloud):
    nasty = "$(touch pwned) `touch pwned` 'x' \"y\" \\ --z"
    run(cloud, text_of(SCRIPT, toy("one", "0 3 * * *", description=nasty)))
    assert f"--description=jobs_api: {nasty}" in kept(cloud)["one"].splitlines()
    assert not (cloud / "pwned").exists()


@pytest.mark.parametrize("nasty", ["$(touch pwned)", "`touch pwned`", "a}; touch pwned; #", "a'b\"c"])
def test_what_a_setting_holds_is_text_for_the_shell(cloud, nasty):
    run(cloud, text_of(SCRIPT, toy("one", "0 3 * * *"), location=nasty, secret=nasty))
    calls = (cloud / "calls").read_text()
    assert f"--secret={nasty}" in calls
    assert f"--location={nasty}" in calls
    assert not (cloud / "pwned").exists()


LIMITS = {
    "short": ({"timeout": 1, "retry_backoff": 0, "max_attempts": 1}, (15, 1, 5)),
    "usual": ({}, (1800, 3, 60)),
    "long": ({"timeout": 7200, "retry_backoff": 86400, "max_attempts": 50}, (1800, 5, 3600)),
}


@pytest.mark.parametrize(("fields", "limits"), LIMITS.values(), ids=LIMITS)
def test_deadlines_and_retries_stay_within_the_services_limits(fields, limits):
    job = toy("one", "0 3 * * *", **fields)
    script, terraform = text_of(SCRIPT, job), text_of(TERRAFORM, job)
    patterns = ("attempt-deadline=", "max-retry-attempts=", "min-backoff=")
    assert tuple(number(script, pattern) for pattern in patterns) == limits
    patterns = ('attempt_deadline = "', "retry_count          = ", 'min_backoff_duration = "')
    assert tuple(number(terraform, pattern) for pattern in patterns) == limits


def number(text: str, before: str) -> int:
    found = re.search(re.escape(before) + r"(\d+)", text)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("platform", [SCRIPT, TERRAFORM])
def test_run_due_is_not_repeated(platform):
    own = text_of(platform, TOYS["on_demand"])
    assert number(own, {SCRIPT: "max-retry-attempts="}.get(platform, "retry_count          = ")) == 0


@pytest.mark.parametrize("platform", [SCRIPT, TERRAFORM])
def test_each_call_stands_behind_its_declaration(platform):
    text, plan = text_of(platform), plan_for(all_exporters()[platform])
    said = [json.loads(line) for line in re.findall(rf"^# {MARK}(.+)$", text, re.MULTILINE)]
    entries = [entry for entry in plan.entries for _ in entry.lines]
    assert [each.get("name", "run-due") for each in said] == [entry.name for entry in entries]
    quote = shlex.quote if platform == SCRIPT else quoted
    assert all(quote(entry.url) in text for entry in entries)
    assert all(quote(entry.timezone) in text for entry in entries)


# -- Terraform ---------------------------------------------------------------------------------


def test_terraform_is_given_the_secret_as_a_sensitive_variable():
    text = text_of(TERRAFORM)
    assert re.search(r'variable "cron_secret" \{[^}]*sensitive   = true', text)
    assert set(re.findall(r'"Bearer (.*)"', text)) == {"${var.cron_secret}"}


def test_resources_of_terraform_have_names_of_their_own():
    text = text_of(TERRAFORM, toy("1st", "0 3 * * *"), toy("job_1st", "0 3 * * *"), toy("-x", "0 4 1 * 1"))
    names = re.findall(r'^resource "google_cloud_scheduler_job" "(.+)"', text, re.MULTILINE)
    assert len(set(names)) == len(names) == 5
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) for name in names)


STRINGS = {
    "${x} %{y}": '"$${x} %%{y}"',
    'a "b" \\': '"a \\"b\\" \\\\"',
    "a\nb\tc": '"a\\nb\\tc"',
    "\b\\b\f": '"\\u0008\\\\b\\u000c"',
    "é": '"é"',
}


@pytest.mark.parametrize(("text", "literal"), STRINGS.items(), ids=map(repr, STRINGS))
def test_a_string_of_hcl_begins_no_template(text, literal):
    assert quoted(text) == literal
