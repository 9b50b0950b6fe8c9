"""What --check shows: where a file differs, without what is secret in either."""

from __future__ import annotations

import pytest
from django.conf import settings

from jobs_api.auth.tokens import PREFIX
from jobs_api.exporters.common.difference import difference

SECRET = "q9Zt7b1mV0pR4xW8cN2kJ6hG3fD5sA1L"


def shown(there, wanted="0 3 * * * call\n"):
    return "\n".join(difference(there, wanted, "deploy/crontab"))


def test_equal_files_have_none():
    assert difference("a\n", "a\n", "file") == []


def test_a_difference_shows_both_lines_and_where():
    assert shown("0 4 * * * call\n").splitlines() == [
        "--- deploy/crontab",
        "+++ the declarations",
        "@@ -1,1 +1,1 @@",
        "-0 4 * * * call",
        "+0 3 * * * call",
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"curl -H 'Authorization: Bearer {SECRET}'",
        f'"authorization": "bearer {SECRET}"',
        f"CRON_SECRET={SECRET}",
        f'CRON_SECRET: "{SECRET}"',
        f"password = {SECRET}",
        f"mysqldump -p{SECRET} shop",
        f"DATABASE_URL=postgres://shop:{SECRET}@db/shop",
        f"anything {PREFIX}{SECRET}{SECRET[:11]}",
        f"anything {settings.CRON_SECRET}",
    ],
)
def test_a_secret_in_the_file_is_not_shown(line):
    assert "***" in shown(f"{line}\n")
    assert SECRET not in shown(f"{line}\n")
    assert settings.CRON_SECRET not in shown(f"{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        'curl -H "Authorization: Bearer $CRON_SECRET"',
        "Authorization: Bearer ${{ secrets.CRON_SECRET }}",
        "header_file=/etc/jobs-api/the-header-with-authorization",
        "jobs_api-nightly-with-a-name-that-is-long.service",
        "--header @/etc/jobs_api/authorization",
    ],
)
def test_a_reference_is_shown(line):
    assert f"-{line}" in shown(f"{line}\n").splitlines()


def test_what_controls_a_terminal_is_shown_as_text():
    assert r"-\x1b[2Kcall" in shown("\x1b[2Kcall\n").splitlines()
    assert "\\udcff" in shown("\udcff\n")


def test_a_difference_in_ends_of_lines_alone_is_told():
    assert shown("0 3 * * * call\n\n") != ""
    assert "Only the ends of lines differ" in shown("0 3 * * * call")
