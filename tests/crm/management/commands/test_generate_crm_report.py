import smtplib
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.mail.backends.locmem import EmailBackend
from django.core.management.base import CommandError
from django.utils import timezone

from crm.management.commands.generate_crm_report import LOG
from crm.models import Order, SentMail

from ...factories import ago, customer, order, product
from ...running import run

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 23, 6, tzinfo=UTC)
EMPTY = "2026-11-23 06:00:00 - Report: 0 customers, 0 orders, 0.00 revenue"


@pytest.fixture(autouse=True)
def log(settings, tmp_path):
    settings.CRM_LOG_DIR = tmp_path
    settings.CRM_REPORT_RECIPIENTS = ["boss@example.com"]
    return tmp_path / LOG.file


def report(run_date=SLOT, **how):
    return run("generate_crm_report", run_date=run_date, **how)


def test_it_logs_a_line_and_mails_it(log, mailoutbox):
    order(products={product(price="1234.50"): 2})
    line = "2026-11-23 06:00:00 - Report: 1 customers, 1 orders, 2469.00 revenue\n"
    assert report() == line + "boss@example.com: mailed.\nReport mails: 1 of 1 sent.\n"
    assert log.read_text() == line
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["boss@example.com"], "Weekly report: 0.00 USD")
    [png] = [part.get_content() for part in mail.message().walk() if part.get_content_type() == "image/png"]
    assert png.startswith(b"\x89PNG")


def test_the_time_is_that_of_the_settings_zone(log, mailoutbox):
    with timezone.override("America/New_York"):
        assert report().startswith("2026-11-23 01:00:00 - Report: ")


def test_a_retry_with_other_numbers_adds_no_line_and_no_mail(log, mailoutbox):
    report()
    customer()
    said = report()
    assert said == (
        "2026-11-23 06:00:00 - Report: 1 customers, 0 orders, 0.00 revenue (was logged already)\n"
        "boss@example.com: was mailed already.\nReport mails: 0 of 1 sent.\n"
    )
    assert log.read_text() == f"{EMPTY}\n"
    assert len(mailoutbox) == 1


def test_the_next_week_has_its_own_line_and_mail(log, mailoutbox):
    for weeks in range(3):
        report(SLOT + timedelta(weeks=weeks))
    assert len(log.read_text().splitlines()) == len(mailoutbox) == SentMail.objects.count() == 3


def test_where_nobody_is_named_staff_users_get_it(settings, mailoutbox):
    settings.CRM_REPORT_RECIPIENTS = []
    User.objects.create_user("rosa", "rosa@example.com", is_staff=True)
    User.objects.create_user("shopper", "shopper@example.com")
    report()
    assert [mail.to for mail in mailoutbox] == [["rosa@example.com"]]


def test_where_there_is_nobody_at_all_it_says_what_to_set_and_the_line_is_logged(settings, log, mailoutbox):
    settings.CRM_REPORT_RECIPIENTS = []
    with pytest.raises(CommandError, match=r"CRM_REPORT_RECIPIENTS.* or give an e-mail address"):
        report()
    assert log.read_text() == f"{EMPTY}\n"


def test_a_refused_recipient_does_not_keep_it_from_the_others(settings, mailoutbox, monkeypatch):
    settings.CRM_REPORT_RECIPIENTS = ["a@example.com", "b@example.com", "c@example.com"]
    send_messages = EmailBackend.send_messages

    def refuse_one(backend, mails):
        if mails[0].to == ["b@example.com"]:
            raise smtplib.SMTPRecipientsRefused({"b@example.com": (550, b"unknown")})
        return send_messages(backend, mails)

    out = StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse_one)
        with pytest.raises(CommandError, match=r"not sent: 1\."):
            report(out=out)
    assert "b@example.com: not sent (SMTPRecipientsRefused 550).\nc@example.com: mailed.\n" in out.getvalue()
    assert out.getvalue().endswith("Report mails: 2 of 3 sent.\n")
    assert "b@example.com: mailed.\n" in report()
    assert [mail.to[0] for mail in mailoutbox] == ["a@example.com", "c@example.com", "b@example.com"]


def test_the_clean_up_of_customers_does_not_change_the_revenue(mailoutbox):
    order(customer(created_at=ago(days=900)), order_date=ago(days=730))
    customer(created_at=ago(days=900))
    before = Order.objects.revenue()
    assert "2 customers, 1 orders, 999.99 revenue" in report()
    assert "1 deleted, 1 anonymised" in run("cleanup_inactive_customers", run_date=SLOT)
    assert "1 customers, 1 orders, 999.99 revenue" in report(SLOT + timedelta(weeks=1))
    assert Order.objects.revenue() == before
