"""A shell script that makes schedules through a service's web API; a second run changes nothing.

The API key and CRON_SECRET are read from files that only their owner can read. They are in no command line:
curl reads its headers from files in a temporary folder, and bodies from standard input. Python reads JSON.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from jobs_api.exporters.common.exporter import Setting
from jobs_api.exporters.common.plan import Plan
from jobs_api.exporters.common.rows import Row
from jobs_api.exporters.common.values import word

BEARER = "\x00bearer"
"""In a value of `body`: where the shell puts `Bearer <secret>`."""
NUMBERS = re.compile(r"\[\s+([-\d,\s]+?)\s+\]")
"""A list of numbers, one in each line."""
SETTINGS = {
    "prefix": Setting(default="jobs_api", help="what the names of our schedules begin with, in the account"),
    "secret_file": Setting(default="/etc/jobs/cron-secret", help="the file that holds CRON_SECRET"),
}


def files(plan: Plan, key: str) -> str:
    """Which files somebody has to make before the script can run, for people."""
    key_file, secret_file = plan.settings["key_file"], plan.settings["secret_file"]
    return f"Once: {key_file} with {key} in one line, {secret_file} with CRON_SECRET, both mode 600."


HEAD = """
set -eu
api=${API_URL:-@api@}
secret_file=${CRON_SECRET_FILE:-@secret_file@}
key_file=${API_KEY_FILE:-@key_file@}
pause=${PAUSE:-@pause@}

# Read one line that holds nothing that JSON or a header would take for more than text.
read_secret() {
  value=$(head -n 1 "$1")
  case $value in
    '' | *[!A-Za-z0-9._~+/=-]*)
      echo "$1: its first line is not one secret of letters, digits and . _ ~ + / = -" >&2
      exit 1
      ;;
  esac
}

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read_secret "$key_file"
printf '@key_header@\\nContent-Type: application/json\\n' "$value" > "$work/headers"
read_secret "$secret_file"
bearer="Bearer $value"
: > "$work/names"

# request METHOD PATH [OPTION...]: the body is standard input.
request() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --max-time 60 --request "$method" \\
    --header @"$work/headers" "$@" --data-binary @- "$api$path"
}

request GET "@path@" < /dev/null > "$work/list"
# The schedules of the account, one a line: id, tab, name.
python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
for one in found if isinstance(found, list) else found["@list@"]:
    print(one["@id@"], " ".join(str(one["@name@"]).split()), sep="\\t")
' "$work/list" > "$work/known"
"""
PUT = """
# put NAME: update the schedule of this name, or make it; the body is standard input.
put() {
  echo "$1" >> "$work/names"
  id=$(awk -F '\\t' -v name="$1" '$2 == name { print $1; exit }' "$work/known")
  if [ -n "$id" ]; then
    request @update@ "@item@/$id" > "$work/answer"
    echo "updated  $1"
  else
    request @create@ "@item@" > "$work/answer"
    echo "created  $1"
    sleep "$pause"
  fi
}
"""
TAIL = """
awk -F '\\t' '
  NR == FNR { declared[$1]; next }
  index($2, "@prefix@") == 1 && !($2 in declared) { print "no longer declared, remove it: " $2 }
' "$work/names" "$work/known"
"""


def filled(text: str, plan: Plan, **values: str) -> str:
    """A part of a script, with its `@names@` filled in."""
    files = {name: shlex.quote(plan.settings[name]) for name in ("secret_file", "key_file")}
    known = {"prefix": prefix(plan), **files, **values}
    return re.sub(r"@(\w+)@", lambda found: known[found[1]], text)


def name_of(row: Row, plan: Plan) -> str:
    """What a schedule is called in the account."""
    return prefix(plan) + row.name


def prefix(plan: Plan) -> str:
    """What each of these names begins with."""
    return f"{word(plan, 'prefix')}."


def put(row: Row, plan: Plan, value: Any) -> str:
    """The lines that make or update one schedule. Only `BEARER` is expanded by the shell."""
    text = NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", json.dumps(value, indent=2))
    for special in ("\\", "`", "$"):
        text = text.replace(special, f"\\{special}")
    text = text.replace(json.dumps(BEARER)[1:-1].replace("\\", "\\\\"), "$bearer")
    return f"put '{name_of(row, plan)}' << END\n{text}\nEND\n"
