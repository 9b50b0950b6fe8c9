"""What to write instead of a text that is not the name of a time zone."""

import re
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

PLACE = 'Name the place whose clock counts, such as "Europe/Berlin".'
OFFSET = re.compile(
    r"(?:(etc/gmt)|etc/utc|utc|gmt|z)? ?([+-]) ?(\d{1,2})(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE
)
POSIX = re.compile(r"(<[^>]+>|[a-z]{3,5})[+-]?\d{1,2}(:\d\d)*([a-z<,].*)?", re.ASCII | re.IGNORECASE)
THIS_MACHINE = re.compile(
    r"(/etc/)?(local|localtime|local time|tzlocal\(\)|tzlocal|system|server|host|posixrules|factory)",
    re.IGNORECASE,
)
OF_UTC = ("z", "zulu", "utc", "gmt", "utc0", "utc time", "universal")
NEAR = 0.8
"""How alike a name must be to be suggested: at 0.6, Germany is answered with Guernsey."""

ABBREVIATIONS = {
    "ACST": "Australia/Adelaide Australia/Darwin",
    "ACDT": "Australia/Adelaide",
    "ADT": "America/Halifax",
    "AEDT": "Australia/Sydney",
    "AEST": "Australia/Sydney Australia/Brisbane",
    "AKDT": "America/Anchorage",
    "AKST": "America/Anchorage",
    "ART": "America/Argentina/Buenos_Aires",
    "AST": "America/Halifax America/Puerto_Rico Asia/Riyadh",
    "AWST": "Australia/Perth",
    "BRT": "America/Sao_Paulo",
    "BST": "Europe/London Asia/Dhaka",
    "CAT": "Africa/Maputo",
    "CDT": "America/Chicago America/Havana",
    "CEST": "Europe/Berlin Europe/Paris",
    "CST": "America/Chicago Asia/Shanghai America/Havana",
    "EAT": "Africa/Nairobi",
    "ECT": "America/Guayaquil Europe/Paris",
    "EDT": "America/New_York America/Toronto",
    "EEST": "Europe/Athens Europe/Kiev",
    "GST": "Asia/Dubai Atlantic/South_Georgia",
    "HKT": "Asia/Hong_Kong",
    "ICT": "Asia/Bangkok",
    "IDT": "Asia/Jerusalem",
    "IST": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "MDT": "America/Denver",
    "MESZ": "Europe/Berlin Europe/Vienna Europe/Zurich",
    "MEZ": "Europe/Berlin Europe/Vienna Europe/Zurich",
    "MSK": "Europe/Moscow",
    "MYT": "Asia/Kuala_Lumpur",
    "NDT": "America/St_Johns",
    "NPT": "Asia/Kathmandu",
    "NST": "America/St_Johns",
    "NZDT": "Pacific/Auckland",
    "NZST": "Pacific/Auckland",
    "PDT": "America/Los_Angeles",
    "PHT": "Asia/Manila",
    "PKT": "Asia/Karachi",
    "PST": "America/Los_Angeles Asia/Manila",
    "SAST": "Africa/Johannesburg",
    "SGT": "Asia/Singapore",
    "SST": "Pacific/Pago_Pago Asia/Singapore",
    "TRT": "Europe/Istanbul",
    "WAT": "Africa/Lagos",
    "WEST": "Europe/Lisbon",
    "WIB": "Asia/Jakarta",
}
"""Which places an abbreviation may mean; those that are names of the IANA database (EST, CET) are missing."""
EST, CET = "America/New_York", "Europe/Berlin"
POSIX_ONLY = {
    "EST": EST,
    "CET": CET,
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "EET": "Europe/Athens",
}

PLACES = {
    -660: "Pacific/Pago_Pago", -600: "Pacific/Honolulu", -570: "Pacific/Marquesas", -540: "America/Anchorage",
    -480: "America/Los_Angeles", -420: "America/Denver", -360: "America/Chicago", -300: "America/New_York",
    -240: "America/Halifax", -210: "America/St_Johns", -180: "America/Sao_Paulo", -120: "America/Noronha",
    -60: "Atlantic/Azores", 60: "Europe/Berlin", 120: "Europe/Athens", 180: "Europe/Istanbul",
    210: "Asia/Tehran", 240: "Asia/Dubai", 270: "Asia/Kabul", 300: "Asia/Karachi", 330: "Asia/Kolkata",
    345: "Asia/Kathmandu", 360: "Asia/Dhaka", 390: "Asia/Yangon", 420: "Asia/Bangkok", 480: "Asia/Singapore",
    525: "Australia/Eucla", 540: "Asia/Tokyo", 570: "Australia/Adelaide", 600: "Australia/Sydney",
    630: "Australia/Lord_Howe", 660: "Pacific/Noumea", 720: "Pacific/Auckland", 765: "Pacific/Chatham",
    780: "Pacific/Tongatapu", 840: "Pacific/Kiritimati",
}  # fmt: skip
"""A well-known place for each offset from UTC in winter, in minutes."""


def hint(name: object) -> str:
    """What to write instead of this name, which the IANA database does not hold."""
    text = " ".join(name.replace("\N{MINUS SIGN}", "-").split()) if isinstance(name, str) else ""
    if len(text) > 80:  # longer than all names: nothing is like it
        return PLACE
    if text.casefold() in OF_UTC:
        return 'Write "UTC".'
    if THIS_MACHINE.fullmatch(text):
        return f"It means the zone of this machine, which may differ between hosts. {PLACE}"
    if offset := OFFSET.fullmatch(text):
        return _of_offset(*offset.groups())
    if text.upper() in ABBREVIATIONS:
        return _of_abbreviation(ABBREVIATIONS[text.upper()].split())
    folded = text.strip("/").casefold().replace(" ", "_")
    return (
        _of_same_name(folded.removeprefix("posix/").removeprefix("right/"))
        or _of_rule(text)
        or _of_like(folded)
    )


def _of_offset(etc: str | None, sign: str, hours: str, more: str | None) -> str:
    minutes = int(hours) * 60 + int(more or 0)
    if (sign == "-") != bool(etc):  # Etc/GMT+15 is west of Greenwich
        minutes = -minutes
    if not minutes:
        return 'Write "UTC".'
    if not -12 * 60 <= minutes <= 14 * 60:
        return f"Clocks are at most 12 h behind UTC or 14 h ahead of it. {PLACE}"
    place = f'such as "{PLACES[minutes]}"' if minutes in PLACES else 'such as "Europe/Berlin"'
    if minutes % 60:
        return f"No name has parts of an hour. Name the place whose clock counts, {place}."
    where = f"{abs(minutes) // 60} h {'ahead of' if minutes > 0 else 'behind'} UTC"
    return (
        f'Did you mean "Etc/GMT{-minutes // 60:+d}"? That is {where}: the sign in such names is reversed. '
        f"Better name the place whose clock counts, {place}: it knows daylight saving time."
    )


def _of_abbreviation(places: list[str]) -> str:
    if len(places) == 1:
        return f'It is an abbreviation. Write the place, "{places[0]}".'
    listed = " or ".join(f'"{place}"' for place in places)
    return f"It is an abbreviation that several places use. Write one, such as {listed}."


def _of_rule(text: str) -> str:
    """For ``CET-1CEST``, which the environment variable TZ takes, and for names that Windows has."""
    if match := POSIX.fullmatch(text):
        short = match[1].upper()
        places = (ABBREVIATIONS.get(short) or POSIX_ONLY.get(short) or "").split()
        return "It is a rule, not a name. " + (f'Write the place, "{places[0]}".' if places else PLACE)
    if text.casefold().endswith((" standard time", " daylight time")):
        return f"It is not a name of the IANA database, but of Windows. {PLACE}"
    return ""


def _of_same_name(folded: str) -> str:
    """For a name in other letters, or a city or an area alone."""
    spelled, areas = _names()
    if folded in areas:
        cities = [place for place in PLACES.values() if place.startswith(f"{areas[folded]}/")]
        return f'It is an area. Name a city in it, such as "{cities[0]}".' if cities else PLACE
    return f'Did you mean "{spelled[folded]}"?' if folded in spelled else ""


def _of_like(folded: str) -> str:
    spelled, _ = _names()
    near = get_close_matches(folded, spelled, n=1, cutoff=NEAR) if len(folded) > 3 else []
    return f'Did you mean "{spelled[near[0]]}"?' if near else PLACE


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """All names by their spelling in small letters, with and without their area; and the areas."""
    names = sorted(available_timezones())
    spelled = {key.casefold(): name for name in names for key in (name.rpartition("/")[2], name)}
    return spelled, {name.split("/")[0].casefold(): name.split("/")[0] for name in names if "/" in name}
