"""Write the reference project's export to each platform into deploy/: ``python -m tools.exports``.

Each exporter is there by itself, in its usual form; the tables have other forms, names and settings.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ADDRESS = "https://crm.example.com/api"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "settings.production",
    "SECRET_KEY": "nothing is signed here: " + "x" * 50,
    "DATABASE_URL": "sqlite://:memory:",
    "CRM_ARCHIVE_DIR": "/srv/app/var/archive",
}
"""Of a deployment, as far as declarations depend on it. Nothing else of this machine's environment counts."""
UNUSED = ("TIME_ZONE", "CRON_SECRET", "JOBS_API_EXECUTOR")

NAMES = {
    "crontab-busybox": "crontab.busybox",
    "crontab-cronie": "crontab.cronie",
    "crontab-supercronic": "crontab.supercronic",
    "supervisord": "supervisord.conf",
    "vercel-schedules": "vercel-schedules.json",
}
"""Where the usual name of the file is another platform's, too, or says too little here."""
SETTINGS = {
    "supervisord": ("wsgi=settings.wsgi:application", "celery=settings"),
    "render": ("web=crm", "prefix=crm-"),
}
BESIDES = (
    ("crontab", ("--form", "command"), "crontab.manage"),
    ("systemd", ("--form", "command", "--set", "wsgi=settings.wsgi:application", "--set", "celery=settings"),
     "systemd-manage/"),
    ("heroku", ("--form", "http"), "heroku-scheduler.curl.txt"),
    ("render", ("--form", "command", "--set", "prefix=crm-", "--set", "group=crm"), "render.manage.yaml"),
    ("kubernetes", ("--form", "command"), "kubernetes.manage.yaml"),
    ("vercel", ("--set", "write=post"), "vercel.post.json"),
    ("vercel", ("--set", "write=proxy"), "vercel-proxy.js"),
    ("cron-job-org", ("--run-due-alone",), "cron-job-org.run-due.sh"),
)  # fmt: skip
"""Platform, arguments, file: other forms."""
LESSON = ("--form", "command", "--run-due-every", "none", "--only")
CRON_JOBS = (
    ("crontab", (*LESSON, "cleanup_inactive_customers"), "../crm/cron_jobs/customer_cleanup_crontab.txt"),
    ("crontab", (*LESSON, "send_order_reminders"), "../crm/cron_jobs/order_reminders_crontab.txt"),
)
"""The crontabs of the reference app, beside its scripts."""


def table() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Platform, arguments and file of each export."""
    from jobs_api.exporters import all_exporters

    for name, exporter in all_exporters().items():
        words = tuple(word for setting in SETTINGS.get(name, ()) for word in ("--set", setting))
        yield name, words, NAMES.get(name, exporter.file)
    yield from BESIDES
    yield from CRON_JOBS


def main() -> int:
    """Write all, or compare all."""
    parser = argparse.ArgumentParser(prog="exports", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="compare, and write nothing; exit 1 if one differs"
    )
    parser.add_argument("--scale", action="store_true", help="measure a thousand jobs, and write nothing")
    options = parser.parse_args()
    _set_up()
    if options.scale:
        from tools.export_scale import measured

        for line in measured():
            print(line, flush=True)
        return 0
    return _all(check=options.check)


def _set_up() -> None:
    for name in UNUSED:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


def _all(*, check: bool) -> int:
    results = [one(*line, check=check) for line in table()]
    stale = [] if not DEPLOY.is_dir() else sorted(unknown())
    for name in stale:
        print(f"deploy/{name}: no export has this name: delete it.", file=sys.stderr)
    return 0 if all(results) and not stale else 1


def unknown() -> Iterator[str]:
    """What is in deploy/ and is no export."""
    known = {file.rstrip("/") for *_, file in table()} | {"README.md", "monitoring"}
    yield from (path.name for path in DEPLOY.iterdir() if path.name not in known)


def one(platform: str, arguments: tuple[str, ...], file: str, *, check: bool) -> bool:
    """Write or compare one; whether that went well."""
    from django.core.management import call_command
    from django.core.management.base import CommandError

    from jobs_api.exporters import all_exporters

    form = arguments[arguments.index("--form") + 1] if "--form" in arguments else None
    http = (form or all_exporters()[platform].forms[0]) == "http"
    words = [*(("--base-url", ADDRESS) if http else ()), *arguments]
    path = os.path.normpath(f"deploy/{file}") + ("/" if file.endswith("/") else "")
    target = ("--check", path) if check else ("--output", path, "--force")
    DEPLOY.mkdir(exist_ok=True)
    os.chdir(ROOT)
    try:
        call_command("jobs_export", platform, *words, *target)
    except CommandError as error:
        print(error, file=sys.stderr)
        return False
    except SystemExit as end:
        return not end.code
    return True


if __name__ == "__main__":
    sys.exit(main())
