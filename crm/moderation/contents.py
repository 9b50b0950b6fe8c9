"""The text of an upload, as far as a program can judge it."""

from __future__ import annotations

from mimetypes import guess_type

from django.core.exceptions import SuspiciousFileOperation

from crm.models import Upload
from crm.moderation.judges import NotJudged, Verdict

MAX_SIZE = 1_000_000
"""In characters of text, and in bytes of a file."""


class NotText(Exception):
    """The upload is not only text that can be read; the message says why."""


def text_of(upload: Upload) -> str | Verdict | NotJudged:
    """Its text with that of its file; `uncertain` if only a person can judge it."""
    try:
        text = "\n".join(filter(None, [upload.text, _text_of_file(upload)]))
    except OSError as error:
        return NotJudged(f"its file cannot be read ({type(error).__name__})")
    except NotText as error:
        return Verdict(verdict="uncertain", reason=str(error))
    if len(text) > MAX_SIZE:
        return Verdict(verdict="uncertain", reason=f"more than {MAX_SIZE:,} characters")
    return text


def _text_of_file(upload: Upload) -> str:
    """Empty without a file.

    Raises:
        OSError: storage does not give it.
        NotText: it is not plain text, too long, or not a file that a customer sent.
    """
    if not upload.file.name:
        return ""
    if guess_type(upload.file.name)[0] != "text/plain":
        raise NotText("the file is not plain text")  # HTML and SVG, for example, show something else
    try:
        with upload.file.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except SuspiciousFileOperation:
        raise NotText("the name of the file leads out of MEDIA_ROOT") from None
    if len(content) > MAX_SIZE:
        raise NotText(f"the file has more than {MAX_SIZE:,} bytes")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotText("the file is not UTF-8") from None
    if "\0" in text:  # UTF-16 has it, and the model would recognise no word
        raise NotText("the file is not UTF-8")
    return text
