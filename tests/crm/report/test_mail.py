from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import default

import pytest

from crm.report.figures import Figures, Week
from crm.report.mail import compose, page

from ..mail_server import mail_server

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


def test_what_stands_in_the_page_is_escaped():
    assert 'src="&quot;&gt;&lt;b&gt;"' in page(FIGURES, chart='"><b>')
