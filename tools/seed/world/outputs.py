"""What the runs have printed; tracebacks are real ones."""

from __future__ import annotations

import io
import re
import sys
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tools.seed.bank import HOST
from tools.seed.management.commands import import_bank_statements, reconcile_payments

ROOT = str(Path(__file__).resolve().parents[3])
ELSEWHERE = "/srv/acme"
"""Where the project seems to be: no output names a folder of this machine."""

BLUE, GREEN, YELLOW, RED, CYAN, DIM, PLAIN = (f"\x1b[{code}m" for code in (34, 32, 33, 91, 36, 2, 0))
DATABASE = f"""{BLUE}INFO{PLAIN}  connecting to the ledger
Traceback (most recent call last):
  File "{ELSEWHERE}/crm/ledger.py", line 41, in entries
    cursor.execute(QUERY, [since])
django.db.utils.OperationalError: server closed the connection unexpectedly
"""
INDEX = "\n".join(
    [
        f"{BLUE}INFO{PLAIN}  crm.search  244,800 documents to index",
        *(f"{GREEN}OK{PLAIN}    crm.search  {done:,} of 244,800" for done in range(12_444, 149_329, 12_444)),
        f"{YELLOW}WARN{PLAIN}  crm.search  shard 7 answers slowly: 41 s for the last thousand",
        "",
    ]
)
STATEMENTS = f"""Loading statements for 2026-11-25, 4 banks
{BLUE}INFO{PLAIN}  crm.payments.bank  {CYAN}sparkasse{PLAIN}: 412 entries, 412 new
{BLUE}INFO{PLAIN}  crm.payments.bank  {CYAN}ing{PLAIN}: 1,377 entries, 1,377 new
{YELLOW}WARN{PLAIN}  crm.payments.bank  {CYAN}n26{PLAIN}: entry 88213 has no IBAN, left for review
{BLUE}INFO{PLAIN}  crm.payments.bank  {CYAN}n26{PLAIN}: 955 entries, 954 new
Matching against open invoices
{GREEN}OK{PLAIN}    800 of 2,743 matched
{GREEN}OK{PLAIN}    1,200 of 2,743 matched
{RED}RETRY{PLAIN} ledger answered 502, again in 5 s (1 of 5)
{GREEN}OK{PLAIN}    ledger is back
{GREEN}OK{PLAIN}    1,706 of 2,743 matched
"""


def kept(text: str) -> dict[str, Any]:
    """As the columns of an attempt."""
    data = text.encode()
    return {"output_head": data, "output_size": len(data)}


def of_success(job: str, seconds: float) -> str:
    """Of a run as usual."""
    return f"{BLUE}INFO{PLAIN}  {job}: {1000 + int(seconds * 17) % 1200:,} rows in {seconds:.1f} s\n"


@cache
def stripe() -> str:
    """Of `reconcile_payments` while its service is silent."""
    return _printed(reconcile_payments.Command, {})


@cache
def bank() -> str:
    """Of `import_bank_statements` while a bank is away."""
    return _printed(import_bank_statements.Command, {"days": 1, "status": 503})


def _printed(command: Callable[..., Any], options: dict[str, Any]) -> str:
    """Run it, and add the traceback that jobs_api would add: from the command on."""
    out = io.StringIO()
    try:
        command(stdout=out, stderr=out, no_color=True).handle(**options)
    except Exception:  # noqa: BLE001 - that is what it is run for
        kind, error, place = sys.exc_info()
        out.writelines(traceback.format_exception(kind, error, place and place.tb_next))
    text = out.getvalue().replace(ROOT, ELSEWHERE).replace(sys.base_prefix, "/usr")
    return re.sub(r"127\.0\.0\.1', port=\d+", f"{HOST}', port=443", text).replace(
        "timeout=0.05", "timeout=20"
    )
