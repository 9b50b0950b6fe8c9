"""Mail that goes to files, and may take the server down with it."""

from __future__ import annotations

import os
import signal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.core.mail.backends import filebased

SEPARATOR = b"-" * 79 + b"\n"


class EmailBackend(filebased.EmailBackend):
    """Kills all processes of the server when so many mails are written as WHOLE_LAST_MAIL says."""

    def write_message(self, message):
        super().write_message(message)
        self.stream.flush()
        last = os.environ.get("WHOLE_LAST_MAIL")
        if last and len(outbox(Path(self.file_path))) == int(last):
            os.killpg(0, signal.SIGKILL)


def outbox(folder: Path) -> list[EmailMessage]:
    """What was mailed, in no order."""
    parts = [part for path in folder.glob("*.log") for part in path.read_bytes().split(SEPARATOR)]
    return [message_from_bytes(part, policy=policy.default) for part in parts if part.strip()]
