"""A JSON file that holds more than an export, such as vercel.json: only members of the export count."""

from __future__ import annotations

import json
from typing import Any


def without_others(there: str, wanted: str) -> str:
    """What is there, as the export would write it, without the members that only the file has.

    Text that is not a JSON object, there or in the export, is returned as it is.
    """
    theirs, ours = _members(there), _members(wanted)
    if theirs is None or ours is None:
        return there
    kept = {name: theirs[name] for name in ours if name in theirs}
    if json.dumps(kept, sort_keys=True) == json.dumps(ours, sort_keys=True):
        return wanted
    return json.dumps(kept, indent=2) + "\n"


def _members(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
