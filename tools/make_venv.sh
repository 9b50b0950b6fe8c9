#!/bin/sh
# Make .venv/ from requirements-dev.txt. Always from scratch: what an interrupted or older one left
# behind cannot be trusted. .venv/.ready is written last and marks it complete.
set -eu
cd "$(dirname "$0")/.."

# Two makes at once: the second waits here, then finds the work done. (Some systems lack flock.)
exec 9<requirements-dev.txt
if command -v flock >/dev/null; then flock 9; fi
if [ .venv/.ready -nt requirements-dev.txt ]; then exit 0; fi

chosen='' unfit=''
for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
    # A name on PATH may be a shim with no interpreter behind it, so each has to prove itself.
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then continue; fi
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then chosen=$python && break; fi
    unfit=$python
done
if [ -z "$chosen" ] && [ -n "$unfit" ]; then
    echo "$unfit cannot make virtual environments: install its venv package (Debian: python3-venv)." >&2
    exit 1
elif [ -z "$chosen" ]; then
    echo "No Python 3.11 or newer found on PATH; name one with: make PYTHON=/path/to/python3 ..." >&2
    exit 1
fi

echo "Making .venv with $("$chosen" --version); takes about a minute, once"
"$chosen" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
touch .venv/.ready
