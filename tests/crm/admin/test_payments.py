import pytest

from ..factories import NOW
from .pages import difference, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("empty", "shown"), [("1", [0]), ("0", [1]), ("", [0, 1])])
def test_differences_are_found_by_their_state(admin_client, empty, shown):
    rows = [difference(), difference(resolved_at=NOW)]
    listed = admin_client.get(page(rows[0], "changelist"), {"resolved_at__isempty": empty} if empty else {})
    assert set(listed.context["cl"].result_list) == {rows[number] for number in shown}
