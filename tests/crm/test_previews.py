import re
from base64 import b64decode

import pytest

from .factories import order

both_paths = pytest.mark.parametrize("path", ["/preview/report", "/preview/report/"])


@pytest.fixture
def development(settings):
    settings.DEBUG = True


@both_paths
def test_the_report_can_be_looked_at_in_development(db, client, development, path):
    order()
    answer = client.get(path)
    assert answer.status_code == 200
    assert "999.99 USD" in answer.text
    [picture] = re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', answer.text)
    assert b64decode(picture, validate=True).startswith(b"\x89PNG")


@both_paths
def test_it_is_not_there_in_production(client, path):
    assert client.get(path).status_code == 404


def test_it_is_only_to_be_read(client, development):
    assert client.post("/preview/report").status_code == 405
