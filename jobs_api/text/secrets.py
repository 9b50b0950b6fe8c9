"""Find values that look like secrets: nothing that is printed or exported holds one in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

MASK = "***"
WORDS = (
    *(
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "secret",
        "secrets",
        "token",
        "tokens",
        "apikey",
    ),
    *("credential", "credentials", "dsn", "bearer", "signature", "privatekey", "accesskey"),
)
EXACT = ("pass", "auth", "key", "pw", "authorization", "sig")
"""Words that are secrets as a whole part of a name only: `author` is none."""
PLAIN_KEYS = ("primary", "foreign", "sort", "partition", "public", "cache", "group", "unique", "order")
"""What makes a `key` none."""
ENDINGS = ("base", "b64", "base64", "hash")
"""Words behind the one that tells: SECRET_KEY_BASE, API_KEY_2."""
BARE = r"[^\s'\"\\&;|,(){}\[\]]"
IN_QUOTES = re.compile(rf"(?:'[^']*'|\\.|{BARE})+")
VALUE = re.compile(rf"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|{BARE})+""")
NAMED = re.compile(
    r"""(?<![\w.-])(?P<name>-*[A-Za-z_][\w.-]*)\\?["']?(?P<sign>\s*[:=]\s*|\s+(?!-))""",
)
"""A name, and what stands between it and its value; a space only behind an option."""
SHOWN = r"""(?:'[^']*'|"[^"]*"|[^\s"']+)"""
"""A value behind an option of one letter."""


def _option(programs: str, option: str) -> re.Pattern[str]:
    """What a program's option of one letter holds."""
    return re.compile(rf"(?<![\w-])((?:{programs})\b[^|;&]{{0,400}}?\s{option}){SHOWN}")


SHAPES = (
    # A password in an address may hold "/" and "@"; a port is none.
    (re.compile(r"(://)(?![^/\s\"'@]*:\d+(?:[/?#]|$))[^\s\"'@/]*:[^\s\"']{1,300}@"), rf"\1{MASK}@"),
    (re.compile(r"(://)[^/\s\"'@]+@"), rf"\1{MASK}@"),
    (re.compile(r"\b(Bearer|Basic|Token)\s+[^\s\"'$<{}][^\s\"']*", re.IGNORECASE), rf"\1 {MASK}"),
    (
        re.compile(
            r"\b((?:authorization|cookie)[\"']?\s*:\s*[\"']?)(?!(?:\w+\s+)?[$<{*])[^\s\"'][^\"'\n]*",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"(\b(?:hooks\.slack\.com/\w+/|discord(?:app)?\.com/api/webhooks/|telegram\.org/bot))[^\s\"']+"
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"(\\?\"name\\?\"\s*:\s*\\?\"[^\"\\]{0,200}(?:passw|secret|token|key|credential|dsn|auth)[^\"\\]{0,200}\\?\"\s*,"
            r"\s*\\?\"value\\?\"\s*:\s*\\?\")[^\"\\]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (_option("mysql|mysqldump|mysqladmin|mariadb", "-p"), rf"\1{MASK}"),
    (
        re.compile(
            r"(?<![\w-])(curl\b[^|;&]{0,400}?\s(?:-[uU]\s*|--(?:proxy-)?user[\s=]+)[\"']?[^\s:\"']*:)[^\s\"']+"
        ),
        rf"\1{MASK}",
    ),
    (_option("curl", r"(?:-b\s*|--cookie[\s=]+)"), rf"\1{MASK}"),
    (_option("sshpass", r"-p\s*"), rf"\1{MASK}"),
    (_option("redis-cli", r"-a\s+"), rf"\1{MASK}"),
    (_option("sqlcmd|bcp", r"-P\s*"), rf"\1{MASK}"),
    (_option("openssl", r"-k\s+"), rf"\1{MASK}"),
    (_option("login", r"-p\s*"), rf"\1{MASK}"),
    (re.compile(rf"(?<![\w-])(htpasswd\s+-[^\Wb]*b\w*\s+\S+\s+\S+\s+){SHOWN}"), rf"\1{MASK}"),
    (
        re.compile(
            r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|[sr]k_(?:live|test)_\w{10,}|xox[abprs]-[\w-]{10,}"
            r"|eyJ[\w-]{10,999}\.[\w-]{10,999}\.[\w-]*|glpat-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
            r"|github_pat_\w{20,}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,}|AIza[\w-]{35}"
            r"|sk-(?:proj|ant|svcacct|admin|or)-[\w-]{20,}|sk-[A-Za-z0-9]{32,}"
            r"|whsec_[A-Za-z0-9+/=]{20,}"  # of a webhook, ours too
            r"|jobs_(?=[\w-]{0,42}[A-Z])[\w-]{43}(?![\w-]))"  # a token of ours; a job's name has no capitals
        ),
        MASK,
    ),
    (
        re.compile(
            r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)(?!\s*\*)"
            r"[\w+/=\s\\:,-]*?(?=-----END|[^\w+/=\s\\:,-]|\Z)"
        ),
        rf"\1 {MASK} ",
    ),
)
"""Secrets that are known by their shape or place, whatever their name."""


def is_secret_name(name: str) -> bool:
    """Whether a variable, option or key of this name holds a secret: its last word says so."""
    parts = [part for part in re.split(r"[^a-z0-9]+", _snake(name)) if part]
    if not parts or parts[0] == "no":
        return False
    while len(parts) > 1 and (parts[-1] in ENDINGS or parts[-1].isdigit()):
        parts.pop()
    last = parts[-1].rstrip("0123456789")
    if last == "key":
        return len(parts) == 1 or parts[-2] not in PLAIN_KEYS
    return last in EXACT or last.endswith(WORDS)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def masked(text: str) -> str:
    """The text with `***` in the place of each value that looks like a secret."""
    for pattern, replacement in SHAPES:
        text = pattern.sub(replacement, text)
    return "".join(_named(text))


def _named(text: str) -> Iterator[str]:
    """The text in pieces, the values of secret names masked."""
    place, quotes = 0, 0
    while match := NAMED.search(text, place):
        before = text[place : match.end()]
        yield before
        place, quotes = match.end(), quotes + before.count('"')
        spaced = match["sign"].isspace() and not match["name"].startswith("-")
        if spaced or not is_secret_name(match["name"]) or text.startswith(("$", MASK), place):
            continue
        # Inside of a quotation, the next quotation mark ends it, and begins no part of the value.
        if value := (IN_QUOTES if quotes % 2 else VALUE).match(text, place):
            quote = value[0][0] if value[0][0] in "\"'" else ""
            yield f"{quote}{MASK}{quote}"
            place = value.end()
    yield text[place:]


def assignment(name: str, value: str) -> str:
    """A variable with its value, for a comment."""
    return f"{name}={MASK if is_secret_name(name) and value else masked(value)}"


def holds_secret(value: Any, name: str = "") -> bool:
    """Whether a value, or one inside of it, looks like a secret, or took the place of one."""
    if name and is_secret_name(name) and isinstance(value, (str, bytes)) and value:
        return True
    if isinstance(value, str):
        return MASK in value or masked(value) != value
    if isinstance(value, Mapping):
        return any(holds_secret(item, str(key)) for key, item in value.items())
    is_list = isinstance(value, (Sequence, Set)) and not isinstance(value, bytes)
    return is_list and any(map(holds_secret, value))


def hidden(value: Any, name: str = "") -> Any:
    """The value with `***` for each text inside of it that looks like a secret, so that none can be used."""
    if not holds_secret(value, name):
        return value
    if isinstance(value, Mapping):
        return {key: hidden(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return hidden_words(value)
    return masked(value) if isinstance(value, str) and not is_secret_name(name) else MASK


def hidden_words(args: Sequence[Any]) -> list[Any]:
    """The same for the words of a command line: `without_secrets` finds what is hidden here."""
    words: list[Any] = []
    asked = False
    for word in args:
        is_value = asked and isinstance(word, str) and not word.startswith("-")
        words.append(MASK if is_value else hidden(word))
        asked = isinstance(word, str) and word.startswith("-") and "=" not in word and is_secret_name(word)
    return words


def _takes_value(kept: list[Any]) -> bool:
    """Whether the word before is an option whose value this one may be: it says nothing without it."""
    return bool(kept) and isinstance(kept[-1], str) and kept[-1].startswith("--") and "=" not in kept[-1]


def without_secrets(args: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """The words of a command line without those that hold secrets, and what is left out."""
    kept: list[Any] = []
    left: list[str] = []
    words = iter(args)
    for word in words:
        name, sign, _ = word.partition("=") if isinstance(word, str) else ("", "", "")
        secret = name.startswith("-") and is_secret_name(name)
        if secret and not sign:
            value = next(words, None)
            if value is None or (isinstance(value, str) and value.startswith("-")):
                kept += [word] if value is None else [word, value]
                continue
            left.append(name)
        elif secret or holds_secret(word):
            own = sign and name.startswith("-")
            before = str(kept.pop()) + " " if not own and _takes_value(kept) else ""
            left.append(name if own else before + masked(str(word)))
        else:
            kept.append(word)
    return kept, left
