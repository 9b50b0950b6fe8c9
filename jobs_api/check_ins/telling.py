"""What a monitor may show of a failed attempt: a line about it, and the last part of its output."""

from __future__ import annotations

from jobs_api.check_ins.monitor import CheckIn
from jobs_api.check_ins.notes import OUTPUT_BYTES
from jobs_api.outgoing import without_secrets
from jobs_api.text import colourless


def told(check_in: CheckIn, most_bytes: int, *, with_output: bool) -> str:
    """At most so many bytes of UTF-8, with `***` for what looks like a secret.

    Without output also without the error, which may quote the command.
    """
    if not with_output:
        return check_in.summary
    head = f"{check_in.summary} {_shown(check_in.error)}".strip()[:500]
    output = _shown(_whole_lines(check_in.output).decode(errors="replace")).strip("\n")
    room = most_bytes - len(head.encode()) - 2
    return f"{head}\n\n{_last(output, room)}" if output and room > 0 else _last(head, most_bytes)


def _shown(text: str) -> str:
    return without_secrets(colourless(text))


def _whole_lines(output: bytes) -> bytes:
    """Without a line whose beginning is cut off: a secret is known by the name that stands before it."""
    cut = len(output) >= OUTPUT_BYTES and b"\n" in output
    return output.partition(b"\n")[2] if cut else output


def _last(text: str, most_bytes: int) -> str:
    """The end of a text, as whole characters."""
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[-most_bytes:].decode(errors="ignore")
