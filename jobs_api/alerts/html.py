"""A message as HTML, for mail: it says what the text says, with buttons. Whatever is not ours is escaped.

Programs for mail know no style sheets, hence the attributes. Nothing is loaded from elsewhere: no picture
tells a sender that somebody has read it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs_api.alerts.account import Account
from jobs_api.alerts.headlines import state_of
from jobs_api.text import visible

COLOURS = {"error": ("#b3260d", "#fdeae6"), "warning": ("#835200", "#fdf1d9"), "ok": ("#0a6b50", "#e2f3ec")}
"""Of a severity: its text, and what lies under it."""
BODY = (
    "font:14px/20px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#171a21;max-width:640px"
)
MONO = "font:12px/18px ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;word-break:break-word"
BLOCK = f"{MONO};background:#f2f3f6;border:1px solid #e2e5ea;border-radius:6px;padding:12px;margin:4px 0 16px"
BUTTON = (
    "display:inline-block;border:1px solid {line};border-radius:6px;background:{ground};color:{text};"
    "padding:6px 12px;margin:0 8px 8px 0;text-decoration:none"
)
FIRST = BUTTON.format(line="#3b49c4", ground="#3b49c4", text="#ffffff")
OTHERS = BUTTON.format(line="#7d8594", ground="#ffffff", text="#171a21")
BADGE = "display:inline-block;border-radius:6px;padding:2px 10px;font-weight:600"
MUTED = "color:#565e6e;font-size:12px"
ONLY_OPENS = "The buttons open the dashboard; nothing happens by opening this message."


def page(account: Account, headline: str, severity: str) -> str:
    """The whole message."""
    parts = (
        _badge(account, severity),
        format_html(
            '<p style="font-size:15px;margin:0 0 8px"><b>{}.</b> {}</p>',
            headline,
            " ".join(account.reasons()),
        ),
        format_html('<p style="{}">{}</p>', MONO, visible(account.error)) if account.error else "",
        _buttons(account),
        _rows(row for row in account.rows() if row[0] != "Runbook"),  # which has a button
        _block("Last lines of output", account.output),
        _block("On the command line", "\n".join(f"# {what}\n{command}" for what, command in account.steps())),
        format_html('<p style="{}">{}</p>', MUTED, ONLY_OPENS) if account.pages() else "",
    )
    body = format_html_join("\n", "{}", ((part,) for part in parts if part))
    return format_html('<!doctype html><html><body style="{}">{}</body></html>', BODY, body)


def _badge(account: Account, severity: str) -> SafeString:
    text, ground = COLOURS.get(severity, COLOURS["warning"])
    style = f"{BADGE};background:{ground};color:{text}"
    return format_html(
        '<p><span style="{}">{}</span></p>', style, state_of(account.incident, over=account.over)
    )


def _buttons(account: Account) -> SafeString | str:
    runbook = account.job.runbook if account.job is not None else ""
    found = [*account.pages()[:1], *([("Runbook", runbook)] if runbook else []), *account.pages()[1:]]
    if not found:
        return ""
    styled = ((url, OTHERS if number else FIRST, label) for number, (label, url) in enumerate(found))
    return format_html(
        '<p style="margin:16px 0 8px">{}</p>', format_html_join("", '<a href="{}" style="{}">{}</a>', styled)
    )


def _rows(rows: Iterable[tuple[str, str]]) -> SafeString:
    cells = ((MUTED, name, _linked(value)) for name, value in rows)
    lines = format_html_join(
        "", '<tr><td style="{};padding:3px 16px 3px 0;vertical-align:top">{}</td><td>{}</td></tr>', cells
    )
    return format_html('<table role="presentation" style="margin:8px 0 16px">{}</table>', lines)


def _linked(value: str) -> SafeString | str:
    if value.startswith(("https://", "http://")) and " " not in value:
        return format_html('<a href="{}">{}</a>', value, value)
    return value


def _block(title: str, text: str) -> SafeString | str:
    return (
        format_html('<div style="{}">{}</div><pre style="{}">{}</pre>', MUTED, title, BLOCK, text)
        if text
        else ""
    )
