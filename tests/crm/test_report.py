from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.policy import default

import pytest
from django.utils import timezone

from crm.models import OrderStatus
from crm.report import Figures, Week, compose, figures, weeks

from .factories import customer, order, product
from .mail_server import mail_server

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""A Monday."""
MOMENT = timedelta.resolution


def sell(price, moment, *, status=OrderStatus.PAID):
    return order(products={product(price=price): 1}, order_date=moment, status=status)


def revenues(now=SLOT):
    return {week.monday: week.revenue for week in weeks(now=now) if week.revenue}


def test_there_are_twelve_weeks_up_to_the_one_that_is_not_over():
    found = weeks(now=SLOT)
    assert [found[0], found[-1]] == [
        Week(date(2026, 8, 31), Decimal(0)),
        Week(date(2026, 11, 16), Decimal(0)),
    ]
    assert len(found) == 12


@pytest.mark.parametrize("days", [0, 3, 6])
def test_they_are_the_same_all_week(days):
    assert weeks(now=SLOT + timedelta(days=days)) == weeks(now=SLOT)


def test_revenue_is_that_of_the_week_it_was_made_in():
    first, last = datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    for price, moment in (
        ("1", first - MOMENT),
        ("2", first),
        ("4", last - timedelta(days=7)),
        ("8", last - MOMENT),
    ):
        sell(price, moment)
    sell("16", last)
    assert revenues() == {date(2026, 8, 31): Decimal(2), date(2026, 11, 16): Decimal(12)}


def test_a_cancelled_order_is_no_revenue():
    sell("5.25", SLOT - timedelta(days=7))
    sell("7", SLOT - timedelta(days=7), status=OrderStatus.PENDING)
    sell("100", SLOT - timedelta(days=7), status=OrderStatus.CANCELLED)
    assert revenues() == {date(2026, 11, 16): Decimal("12.25")}
    assert figures(now=SLOT).revenue == Decimal("12.25")


def test_weeks_are_those_of_the_settings_zone():
    """In New York a week begins at 5:00 UTC, and where clocks go back on Sunday at 4:00 before."""
    for price, moment in (
        ("1", datetime(2026, 11, 16, 4, 59, tzinfo=UTC)),
        ("2", datetime(2026, 11, 16, 5, tzinfo=UTC)),
        ("4", datetime(2026, 10, 26, 3, 59, tzinfo=UTC)),
        ("8", datetime(2026, 10, 26, 4, tzinfo=UTC)),
    ):
        sell(price, moment)
    with timezone.override("America/New_York"):
        assert revenues(SLOT + timedelta(hours=5)) == {
            date(2026, 10, 19): Decimal(4),
            date(2026, 10, 26): Decimal(8),
            date(2026, 11, 9): Decimal(1),
            date(2026, 11, 16): Decimal(2),
        }


def test_a_naive_slot_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        weeks(now=datetime(2026, 11, 23, 6))  # noqa: DTZ001


def test_totals_come_from_graphql():
    customer()
    sell("999.90", SLOT)
    sell("0.60", SLOT - timedelta(days=900))
    assert figures(now=SLOT)[:3] == (3, 2, Decimal("1000.50"))


def test_the_line_of_the_log_has_the_agreed_shape():
    assert Figures(3, 2, Decimal("1000.5"), []).text == " - Report: 3 customers, 2 orders, 1000.50 revenue"


def test_many_orders_take_as_many_statements_as_few(django_assert_num_queries):
    for count in (1, 20):
        for number in range(count):
            sell("10", SLOT - timedelta(days=number))
        with django_assert_num_queries(4):
            figures(now=SLOT)


# -- the mail ---------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n, or so"
FIGURES = Figures(
    3,
    2,
    Decimal("1000.5"),
    [Week(date(2026, 11, 9), Decimal("7.5")), Week(date(2026, 11, 16), Decimal("993"))],
)


@pytest.fixture
def sent(settings):
    """The mail as it arrives."""
    with mail_server(settings) as server:
        assert compose(FIGURES, PNG, to="boss@example.com").send() == 1
        return server.mails[0]


def parts(mail, kind):
    return [part for part in mail.walk() if part.get_content_type() == kind]


def test_it_has_a_text_and_beside_it_html_together_with_the_picture(sent):
    def shape(part):
        inside = [shape(each) for each in part.iter_parts()] if part.is_multipart() else []
        return [part.get_content_type(), *inside]

    related = ["multipart/related", ["text/html"], ["image/png"]]
    assert shape(sent) == ["multipart/alternative", ["text/plain"], related]


def test_the_html_shows_the_picture_that_came_with_it(sent):
    [html], [picture] = parts(sent, "text/html"), parts(sent, "image/png")
    assert picture["Content-ID"] == "<chart@crm>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PNG
    assert 'src="cid:chart@crm"' in html.get_content()
    assert sent.get_body(("related", "html")).get_param("type") == "text/html"


def test_html_and_text_give_the_figures(sent):
    [html], [text] = parts(sent, "text/html"), parts(sent, "text/plain")
    assert "1,000.50 USD</td>" in html.get_content()
    assert "Last week: 993.00." in html.get_content()
    assert "Revenue last week: 993.00 USD\nRevenue in total: 1,000.50 USD\n" in text.get_content()
    assert "2026-11-09: 7.50 USD\n2026-11-16: 993.00 USD\n" in text.get_content()
    assert sent["Subject"] == "Weekly report: 993.00 USD"


def test_it_loads_nothing_from_elsewhere(sent):
    [html] = parts(sent, "text/html")
    assert "//" not in html.get_content()


def test_a_mail_can_be_written_out_more_than_once():
    mail = compose(FIGURES, PNG, to="boss@example.com")
    shapes = [[part.get_content_type() for part in mail.message().walk()] for _ in range(2)]
    assert shapes[0] == shapes[1]
    assert (
        message_from_bytes(mail.message().as_bytes(), policy=default).get_content_type()
        == "multipart/alternative"
    )
