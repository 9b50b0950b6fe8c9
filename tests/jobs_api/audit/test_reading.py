"""The audit is read newest first, in pages, and each page is one statement."""

from __future__ import annotations

import pytest

from jobs_api.audit.reading import Filters, every, page
from jobs_api.models import AuditEntry
from tests.jobs_api.audit.entries import NOON, at, entry

pytestmark = pytest.mark.django_db


def subjects(entries):
    return [each.subject for each in entries]


def test_newest_come_first_and_equal_times_by_their_order():
    for name, days in (("c", 1), ("a", 3), ("d", 1), ("b", 2)):
        entry(subject=name, at=at(days=days))
    assert subjects(page().entries) == ["d", "c", "b", "a"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 50])
def test_pages_hold_each_entry_once_whatever_their_size(size):
    for number in range(7):
        entry(subject=f"{number}", at=at(days=number // 3))  # three at each time
    found = list(every(size=size))
    assert sorted(name for part in found for name in subjects(part)) == list("0123456")
    assert max(map(len, found)) <= size


def test_what_is_added_meanwhile_does_not_move_the_pages():
    for number in range(4):
        entry(subject=f"{number}", at=at(days=number))
    first = page(limit=2)
    entry(subject="new")
    assert subjects(page(after=first.cursor, limit=2).entries) == ["2", "3"]


def test_the_last_page_has_no_cursor():
    entry()
    assert page(limit=1).cursor is None
    assert page(Filters(actor="nobody")) == ([], None)


FILTERS = [
    (Filters(action="resume"), "a"),
    (Filters(actor="ann"), "b"),
    (Filters(origin="api"), "c"),
    (Filters(job="nightly"), "d"),
    (Filters(run=7), "e"),
    (Filters(since=NOON), "f"),
    (Filters(until=at(days=9)), "g"),
]


@pytest.mark.parametrize(("filters", "found"), FILTERS)
def test_each_filter_finds_its_own(filters, found):
    about = [
        {"action": "resume"},
        {"actor": "ann"},
        {"origin": "api"},
        {"job_name": "nightly"},
        {"run": 7},
        {"at": NOON},
        {"at": at(days=10)},
    ]
    for name, fields in zip("abcdefg", about, strict=True):
        entry(**{"subject": name, "at": at(days=1), **fields})
    assert subjects(page(filters).entries) == [found]


def test_the_bounds_are_from_and_before():
    entry(subject="bound", at=NOON)
    assert subjects(page(Filters(since=NOON)).entries) == ["bound"]
    assert page(Filters(until=NOON)).entries == []


def test_a_page_is_one_statement(django_assert_num_queries):
    AuditEntry.objects.bulk_create(
        AuditEntry(at=NOON, action="pause", origin="python", result="paused") for _ in range(120)
    )
    with django_assert_num_queries(1):
        found = page(Filters(action="pause", job="", since=at(days=1)), limit=50)
    with django_assert_num_queries(1):
        page(after=found.cursor, limit=50)
    with django_assert_num_queries(3):
        assert sum(map(len, every(size=50))) == 120


@pytest.mark.parametrize(("limit", "size"), [(1, 50), (3, 2), (4, 2), (5, 2)])
def test_no_more_are_read_than_wanted(limit, size):
    for _ in range(6):
        entry()
    assert sum(map(len, every(limit=limit, size=size))) == limit
