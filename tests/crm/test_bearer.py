import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from crm.bearer import Bearer


def prepared(token):
    return requests.Request("POST", "https://example.com/", auth=Bearer(token, "ANY_TOKEN")).prepare()


def test_a_token_is_sent_as_it_is():
    assert prepared("abc.DEF-123_~+/=").headers["Authorization"] == "Bearer abc.DEF-123_~+/="


@pytest.mark.parametrize("token", ["line\n", "two words", "schlüssel", "tab\t"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_quoted(token):
    with pytest.raises(ImproperlyConfigured, match="ANY_TOKEN may hold visible ASCII") as told:
        prepared(token)
    assert token not in str(told.value)
