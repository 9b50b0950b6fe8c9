"""Strings of HCL, the language of Terraform."""

from __future__ import annotations

import json
import re

ESCAPES = {"b": r"\u0008", "f": r"\u000c"}


def quoted(text: str) -> str:
    """A string that is read as it is: `${` and `%{` would begin templates."""
    encoded = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    # JSON has two escapes more.
    return re.sub(r"(?<!\\)((?:\\\\)*)\\([bf])", lambda found: found[1] + ESCAPES[found[2]], encoded)
