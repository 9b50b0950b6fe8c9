"""Check what callers send: which slot they mean, and whether the job accepts the options.

All entrances use this, so that all refuse the same input with the same message.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from jobs_api.exceptions import BadInput, InFlight
from jobs_api.models import JobRun, State
from jobs_api.registry.job import Job, aliases
from jobs_api.schedule.run_date import BadRunDate, named_slot
from jobs_api.schedule.slots import current_slot
from jobs_api.text import storable

if TYPE_CHECKING:
    from pydantic import BaseModel


def slot_of(job: Job, run_dates: Iterable[Any], scheduled: str | None, now: datetime) -> tuple[datetime, str]:
    """The slot that a trigger means, and a note for the record on how it was found.

    Args:
        run_dates: from each place where the caller may name one; None where it does not.
        scheduled: the scheduled time that the caller passes on.
        now: the time as this process knows it; where no `run_date` is given, ask again with the database's.

    Raises:
        BadInput: `run_date` is not one of the job's slots, or two different ones are given.
    """
    given = [text for text in run_dates if text is not None]
    if not all(isinstance(text, str) for text in given):
        raise BadInput('`run_date` must be a string such as "2026-11-20T03:00:00+01:00".')
    # In UTC: in its own zone, a slot of a repeated hour would equal its twin.
    named = {explicit(job, text, now).astimezone(UTC) for text in given}
    if len(named) > 1:
        raise BadInput("The body and the query name two different `run_date`s; give one.")
    if named:
        return named.pop(), ""
    return _by_clock(job, scheduled, now)


def explicit(job: Job, text: str, now: datetime) -> datetime:
    """The slot of a `run_date`; the database's clock decides later whether it is in the past."""
    try:
        return named_slot(job.slots, text, now)
    except BadRunDate as error:
        raise BadInput(str(error).replace("run_date", "`run_date`", 1)) from None


def _by_clock(job: Job, scheduled: str | None, now: datetime) -> tuple[datetime, str]:
    at, note = now, ""
    if scheduled is not None:
        passed_on = _instant(scheduled)
        if passed_on is None or passed_on > now:
            fault = "unreadable" if passed_on is None else "in the future"
            note = f"ignored the scheduled time {scheduled[:60]!r}: {fault}"
        else:
            at, note = passed_on, f"scheduled for {scheduled[:60]}"
    slot = current_slot(job.slots, at)
    if slot is None:
        raise BadInput(f"{job.name!r} has not been due yet.")
    return slot, note


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(_with_plus(text))
    except ValueError:
        return None
    return instant if instant.utcoffset() is not None and 1970 < instant.year < 9000 else None


def _with_plus(text: str) -> str:
    """In a query a + means a space: after a T, a space was one."""
    return text.replace(" ", "+") if "T" in text else text


def instant(job: Job, text: str, key: str) -> datetime:
    """An instant with its offset, or a date, which is its first moment in the job's zone.

    Raises:
        BadInput: it is neither.
    """
    try:
        if len(text) == 10:
            parsed = datetime.combine(date.fromisoformat(text), time.min, tzinfo=job.slots.zone)
        else:
            parsed = datetime.fromisoformat(_with_plus(text))
    except ValueError:
        parsed = None
    if parsed is None or not 1970 <= parsed.year < 9000 or parsed.utcoffset() is None:
        raise BadInput(
            f"`{key}` must be ISO 8601 with an offset, or a date such as 2026-11-20; not {text[:60]!r}."
        )
    return parsed.astimezone(UTC)  # some databases take no offset of a day


REASON_LENGTH = 1000


def text_of(value: Any, key: str, *, limit: int | None = None) -> str:
    """A text for the record, made sure of; empty for None.

    Raises:
        BadInput: it is not text, too long, or not text that a database stores.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or (limit is not None and len(value) > limit):
        most = "" if limit is None else f" of at most {limit} characters"
        raise BadInput(f"`{key}` must be a string{most}.")
    if "\x00" in value or storable(value) != value:
        raise BadInput(f"`{key}` contains U+0000 or half a character, which no database can store.")
    return value


def holds_nul(encoded: str) -> bool:
    """Whether a text in encoded JSON contains U+0000, which no database can store."""
    return "\\u0000" in encoded.replace(r"\\", "")  # which leaves no backslash that was in the text


def require_started(run: JobRun) -> None:
    """Raise `InFlight` for a run that waits for its first attempt: there is nothing to run again."""
    if run.state == State.QUEUED:
        raise InFlight("The run is queued: the next run-due starts it, or a trigger that names its run_date.")


def check_options(job: Job, options: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a caller sent, in the form that is stored with the run.

    Raises:
        BadInput: the job takes no such options, or not these values.
    """
    if job.params is None and not options:
        return options
    sent = options or {}
    if job.params is None:
        raise BadInput(f"`options`: {job.name!r} accepts none. Declare them with Job(params=...).")
    refuse_unknown(sent, sorted(option_names(job)), "option")
    from pydantic import ValidationError  # here: a project whose jobs take no options starts without it

    try:
        checked = _to_store(job.params, job, sent)
        text = json.dumps(checked, ensure_ascii=False, allow_nan=False)  # no database stores infinity in JSON
        if holds_nul(text):
            raise BadInput("`options` contain the character U+0000, which no database can store.")
        text.encode()
    except ValidationError as error:
        faults = "; ".join(
            f"`options.{'.'.join(map(str, e['loc']))}`: {e['msg']}" for e in error.errors()[:5]
        )
        raise BadInput(faults) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"`options` cannot be stored: {error}") from None
    return None if options is None else checked  # None: a rerun keeps those that the run has


def _to_store(params: type[BaseModel], job: Job, sent: dict[str, Any]) -> dict[str, Any]:
    """In the model's own form, or as it was sent: the run begins by reading it once more.

    A model that turns euros into cents would do so twice.
    """
    model = params.model_validate(copy.deepcopy(sent))
    shown = _as_sent(job, model)
    return shown if not shown or _says_the_same(model, shown) else sent


def _says_the_same(model: BaseModel, shown: dict[str, Any]) -> bool:
    try:
        return bool(type(model).model_validate(copy.deepcopy(shown)) == model)
    except Exception:  # noqa: BLE001 - a project's own code reads here what it was not made to read
        return False


def option_names(job: Job) -> dict[str, str]:
    """The names by which a caller may send options: of each the field that it means."""
    fields = {} if job.params is None else job.params.model_fields
    return {alias: name for name, field in fields.items() for alias in aliases(name, field)}


def _as_sent(job: Job, model: BaseModel) -> dict[str, Any]:
    """The options that were sent, as JSON, by names that the model reads again when the run begins."""
    names = {field: alias for alias, field in reversed(option_names(job).items())}
    dumped = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    shown = {name: field.serialization_alias or name for name, field in type(model).model_fields.items()}
    given = names.keys() & model.model_fields_set
    hidden = {name for name in given if _hides(getattr(model, name))}
    if lost := sorted(names[name] for name in given if name in hidden or shown[name] not in dumped):
        raise BadInput(f"`options.{lost[0]}`: the job's model leaves it out of what is stored with the run.")
    return {names[name]: dumped[shown[name]] for name in sorted(given)}


def _hides(value: Any) -> bool:
    """Whether readers must not see a value completely: it contains a secret or a hidden field."""
    if hasattr(value, "get_secret_value"):
        return True
    fields: dict[str, Any] = getattr(type(value), "model_fields", {})
    if any(field.exclude and name in value.model_fields_set for name, field in fields.items()):
        return True
    if isinstance(value, Mapping):
        return any(map(_hides, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(_hides, value))
    return any(map(_hides, _parts(value)))


def _parts(value: Any) -> Iterable[Any]:
    """The values of a model or a dataclass."""
    known = hasattr(type(value), "model_fields") or is_dataclass(value)
    return vars(value).values() if known and hasattr(value, "__dict__") else ()


def refuse_unknown(given: Collection[str], allowed: Collection[str], what: str) -> None:
    """Raise `BadInput` naming keys that are not in `allowed`."""
    if unknown := sorted(key for key in given if key not in allowed):
        named = ", ".join(f"`{key[:60]}`" for key in unknown[:5])
        known = ", ".join(f"`{key}`" for key in allowed) or "none"
        raise BadInput(f"Unknown {what}: {named}. Known here: {known}.")
