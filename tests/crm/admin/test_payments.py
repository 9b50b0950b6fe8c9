import pytest

from ..factories import NOW
from .pages import difference, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("state", "shown"), [("open", [0]), ("resolved", [1]), ("", [0, 1])])
def test_differences_are_found_by_their_state(admin_client, state, shown):
    rows = [difference(), difference(resolved_at=NOW)]
    listed = admin_client.get(page(rows[0], "changelist"), {"state": state} if state else {})
    assert set(listed.context["cl"].result_list) == {rows[number] for number in shown}
