"""What to write instead of a text that looks like a cron line, but is not one of ours."""

import re
from collections.abc import Iterator

from cronsim import CronSim, CronSimError

from jobs_api.schedule.zones import FIRST

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# By position in the line: the names that a field knows, its least and its greatest value.
NAMES: tuple[tuple[str, ...], ...] = ((), (), (), MONTHS, DAYS)
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
WEEKDAY = 4
WORDS = ("hourly", "daily", "midnight", "weekly", "monthly", "yearly", "annually")
YEAR = re.compile(r"\d{4}", re.ASCII)
ZONED = re.compile(r"(?:CRON_TZ|TZ)=(\S*) ?(.*)", re.IGNORECASE)
WRAPPED = re.compile(r"(?:cron|rate|at)\((.*)\)", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]{4,}", re.ASCII)
FULL_NAMES = {
    *("MONDAY", "TUESDAY", "TUES", "WEDNESDAY", "THURSDAY", "THUR", "THURS", "FRIDAY", "SATURDAY", "SUNDAY"),
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "JUNE", "JULY", "AUGUST", "SEPT", "SEPTEMBER", "OCTOBER"),
    *("NOVEMBER", "DECEMBER"),
}
RANGE = re.compile(r"(\w{1,3})-(\w{1,3})(?:/(\d{1,2}))?", re.ASCII)


def is_line(line: str) -> bool:
    """Whether cron takes these five fields; it may be that no date matches them."""
    try:
        CronSim(line, FIRST)
    except (CronSimError, ValueError):
        return False
    return len(line.split()) == 5


def for_line(text: str) -> tuple[str, str] | None:
    """What is wrong with a text that is more than a schedule, and the remedy."""
    if match := ZONED.fullmatch(text):
        zone, line = match[1] or "Europe/Berlin", match[2]
        shown = f'schedule="{line}", ' if is_line(line) or _is_word(line) else ""
        return "holds a time zone.", f'Write {shown}timezone="{zone}".'
    if match := WRAPPED.fullmatch(text):
        line = _as_line(match[1].split()[:5]) or "*/5 * * * *"
        return "is of another scheduler.", f'Write five fields, such as "{line}".'
    word, _, rest = text.partition(" ")
    if rest and _is_word(word):
        return "is more than a schedule.", f'Write only "{word}"; Job(command=...) names what runs.'
    return None


def _is_word(text: str) -> bool:
    return text.startswith("@") and text[1:].lower() in WORDS


def _as_line(fields: list[str]) -> str:
    """The cron line that other schedulers write with ? in a field for days; empty if it is none."""
    plain = ["*" if field == "?" and place in (2, 4) else field for place, field in enumerate(fields)]
    line = " ".join(plain)
    return line if is_line(line) else ""


def for_count(fields: list[str]) -> str:
    """What to do about a line that has not five fields."""
    order = "Write minute hour day-of-month month day-of-week; there are no seconds."
    return next(_for_count(fields), order)


def _for_count(fields: list[str]) -> Iterator[str]:
    if is_line(joined := re.sub(r" ?, ?", ",", " ".join(fields))):
        yield f'A list has no spaces: write "{joined}".'
    if len(fields) == 1 and fields[0].lower() in WORDS:
        yield f'Write "@{fields[0].lower()}".'
    if len(fields) > 5:
        yield from _for_many(fields)


def _for_many(fields: list[str]) -> Iterator[str]:
    first, later = _as_line(fields[:5]), _as_line(fields[1:6])
    yearly = first if YEAR.fullmatch(fields[5]) or fields[5] == "*" else ""
    if first and not all(map(_is_field, fields[5:])):
        yield f'Write only "{first}"; Job(command=...) names what runs.'
    if first and YEAR.fullmatch(fields[-1]):
        yield f'There is no field for the year: write "{first}".'
    if later and not fields[0].isdigit():
        yield 'There are no seconds: the shortest schedule is "* * * * *".'
    lines = " or ".join(f'"{line}"' for line in (later, yearly) if line)
    if lines:
        yield f"There are no seconds and no years: write {lines}."


def _is_field(text: str) -> bool:
    plain = text.replace("?", "*")
    return YEAR.fullmatch(text) is not None or any(_fits(position, plain) for position in range(5))


def for_field(position: int, field: str) -> str | None:
    """What to write instead of a field, if it is one that other schedulers take."""
    return next(_for_field(position, field.upper()), None)


def _for_field(position: int, field: str) -> Iterator[str]:
    if "?" in field:
        yield 'Write "*" instead of "?".'
    if re.match(r"H\b", field):
        yield 'There is no "H": write a number, or "*".'
    if "~" in field:
        yield "There is no random value: write a number."
    for term in (term for term in field.split(",") if not _fits(position, term)):
        yield from _for_full_name(position, term)
        yield from _for_range(position, term)
        yield from _for_last(position, term)


def _for_full_name(position: int, term: str) -> Iterator[str]:
    short = re.sub(WORD, lambda word: word[0][:3], term)
    if short != term and _fits(position, short) and set(WORD.findall(term)) <= FULL_NAMES:
        yield f'Write "{short}": names have three letters.'


def _for_range(position: int, term: str) -> Iterator[str]:
    """For a range that runs over the end, such as FRI-MON or 22-2."""
    match = RANGE.fullmatch(term)
    first, last = (_value(position, match[n]) for n in (1, 2)) if match else (None, None)
    if match is None or first is None or last is None:
        return
    (least, greatest), step = BOUNDS[position], int(match[3] or 1)
    size = greatest - least + 1
    count = (last - first) % size + 1
    values = [least + (first - least + more) % size for more in range(0, count, step or 1)]
    if count == size and step == 1:
        yield 'It is the whole range: write "*".'
    elif position == WEEKDAY or step != 1 or len(values) < 4:
        listed = ",".join(_said(position, value, match[1]) for value in values)
        yield f'A range cannot run over the end: write "{listed}".'
    else:
        ends = [_said(position, value, match[1]) for value in (first, greatest, least, last)]
        halves = [a if a == b else f"{a}-{b}" for a, b in (ends[:2], ends[2:])]
        yield f'A range cannot run over the end: write "{",".join(halves)}".'


def _value(position: int, text: str) -> int | None:
    """The number that a plain value means; Sunday is 0."""
    (least, greatest), names = BOUNDS[position], NAMES[position]
    if text in names:
        return names.index(text) + least
    number = int(text) if text.isdigit() else -1
    number = 0 if (position, number) == (WEEKDAY, 7) else number
    return number if least <= number <= greatest else None


def _said(position: int, value: int, like: str) -> str:
    """The value as a name, if the other value is one."""
    return str(value) if like.isdigit() else NAMES[position][value - BOUNDS[position][0]]


def _for_last(position: int, term: str) -> Iterator[str]:
    """For L, W and # where they mean nothing."""
    if position == WEEKDAY and term[:-1] in DAYS and term.endswith("L"):
        yield f'Write "{DAYS.index(term[:-1])}L".'
    elif position == WEEKDAY and term == "L":
        yield 'Write "SAT" for Saturday; the last day of the month is "L" as day-of-month.'
    elif position == 2 and re.fullmatch(r"\d+W|W\d+|W", term):
        yield 'Only "LW" exists, the last weekday. Name each day that may be the right one: "14-16".'
    elif position == 2 and re.fullmatch(r"LW?-\d+", term):
        yield 'Only "L" and "LW" exist. Name each day that may be the right one: "25-28".'
    elif re.search(r"[#LW]", term) and position != WEEKDAY and _is_special(term):
        remedy = '"MON#2" stands in the fifth field, "L" and "LW" in the third, "5L" in the fifth'
        yield f"It has no meaning there: {remedy}."
    elif "#" in term:
        yield 'Write the day and a number from 1 to 5: "MON#2" is the second Monday.'


def _is_special(term: str) -> bool:
    return re.fullmatch(r"(\w*#\w*|\d*LW?|\d*W)", term, re.ASCII) is not None


def _fits(position: int, field: str) -> bool:
    return is_line(" ".join(["*"] * position + [field] + ["*"] * (4 - position)))
