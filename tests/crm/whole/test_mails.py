"""Jobs that mail: everybody who should gets one mail, whatever is triggered again."""

from collections import Counter
from datetime import timedelta

from django.contrib.auth.models import User

from crm.models import Customer, Order, OrderStatus

from .conftest import at


def pending(*, since, until):
    rows = Order.objects.filter(status=OrderStatus.PENDING).values_list("pk", "order_date", "customer__email")
    return {pk: email for pk, placed_at, email in rows if since <= placed_at <= until}


def recipients(mails):
    return Counter(mail["To"] for mail in mails)


def test_each_pending_order_of_the_week_brings_one_reminder(app):
    slot = at(8)
    waiting = pending(since=slot - timedelta(days=7), until=slot)

    wrote = app.once("send_order_reminders", slot)

    mails = app.mails()
    assert recipients(mails) == Counter(waiting.values())
    assert {int(mail["Subject"].split()[2]) for mail in mails} == waiting.keys()
    reminded = Order.objects.filter(reminded_at__isnull=False)
    assert dict(reminded.values_list("pk", "reminded_at")) == dict.fromkeys(waiting, slot)
    assert wrote[-2:] == [
        f"Order reminders: {len(waiting)} of {len(waiting)} sent.",
        "Order reminders processed!",
    ]
    names = Customer.objects.values_list("name", flat=True)
    assert not any(word in line for line in wrote for word in {"@", *names})

    app.start("send_order_reminders", at(8, days=1))  # the next morning
    assert len(app.mails()) == len(mails) > 200


def test_the_report_is_logged_and_mailed_with_its_chart(app):
    wrote = app.once("generate_crm_report", at(6, days=1))

    (line,) = app.log("crm_report_log.txt")
    assert line.startswith(
        f"{at(6, days=1):%Y-%m-%d %H:%M:%S} - Report: {Customer.objects.count()} customers, "
    )
    assert line in wrote
    (mail,) = [mail for mail in app.mails() if "report" in mail["Subject"]]
    assert mail["To"] == "boss@example.com"
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert f"{Order.objects.revenue():,.2f}" in parts["text/html"].get_content()
    assert f"{Order.objects.revenue():,.2f}" in parts["text/plain"].get_content()
    assert parts["image/png"].get_content().startswith(b"\x89PNG")


def test_each_colleague_who_works_here_gets_one_digest(app):
    for name, fields in {"ann": {}, "left": {"is_active": False}, "guest": {"is_staff": False}}.items():
        User.objects.create(username=name, email=f"{name}@example.com", **{"is_staff": True, **fields})

    wrote = app.once("send_daily_digest", at(7))

    mails = [mail for mail in app.mails() if mail["Subject"].startswith("CRM on")]
    assert recipients(mails) == {"staff@example.com": 1, "ann@example.com": 1}  # the former of the sample
    ordered = [
        day for day in Order.objects.values_list("order_date", flat=True) if at(0, days=-1) <= day < at(0)
    ]
    assert f"Orders: {len(ordered)}\n" in mails[0].get_body(["plain"]).get_content()
    assert len(ordered) > 20
    assert wrote[-1] == f"Digest mails for {at(0, days=-1):%Y-%m-%d}: 2 of 2 sent."
