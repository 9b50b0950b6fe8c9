"""What a monitor may show of a failed attempt: a line about it, and the last part of its output."""

from __future__ import annotations

from jobs_api.check_ins.monitor import CheckIn
from jobs_api.text import colourless


def told(check_in: CheckIn, most_bytes: int, *, with_output: bool) -> str:
    """At most so many bytes of UTF-8. Without output also without the error, which may quote the command."""
    if not with_output:
        return check_in.summary
    head = f"{check_in.summary} {colourless(check_in.error)}".strip()[:500]
    output = colourless(check_in.output.decode(errors="replace")).strip("\n")
    room = most_bytes - len(head.encode()) - 2
    return f"{head}\n\n{_last(output, room)}" if output and room > 0 else _last(head, most_bytes)


def _last(text: str, most_bytes: int) -> str:
    """The end of a text, as whole characters."""
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[-most_bytes:].decode(errors="ignore")
