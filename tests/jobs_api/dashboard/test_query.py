"""What of an address goes on in the links of a page."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from jobs_api.dashboard.query import WHOLE, changed
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.people import at, reader


@pytest.mark.django_db
@ONE_DATABASE
@pytest.mark.parametrize("query", ["x=" + "a" * 20_000, "&".join(f"x{n}={'a' * 100}" for n in range(300))])
@pytest.mark.parametrize("name", ["job", "overview", "timeline", "runs"])
def test_a_page_does_not_grow_with_its_address_times_its_links(name, query, declare):
    """The year of a job alone has 700 links: twenty thousand letters in each were 14 MB."""
    declare()
    address, client = at(name, *(["nightly"] if name == "job" else [])), reader()
    plain, long = (len(client.get(address + more).content) for more in ("?all=1", f"?all=1&{query}"))
    assert long - plain < 750 * 1.1 * WHOLE


def test_what_people_filter_by_goes_on_whole():
    query = QueryDict("state=failed&state=lost&job=%C3%BC*&x=&q=" + "a" * 200)
    assert (
        changed(query, {"page": 2}) == "?state=failed&state=lost&job=%C3%BC%2A&x=&q=" + "a" * 200 + "&page=2"
    )
    assert changed(query, {"state": ["queued"], "job": None, "q": ""}) == "?x=&state=queued"
    assert len(changed(QueryDict("q=" + "a" * 5000), {})) < 210
