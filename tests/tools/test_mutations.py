"""The table of mutations: each names a place of the code, and tests that exist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.conf import settings

from tools.mutations import MUTATIONS

ROOT = Path(settings.BASE_DIR)


def test_each_text_is_there_once():
    """Otherwise the line has changed, and the mutation would break nothing."""
    found = {each.name: (ROOT / each.path).read_text().count(each.text) for each in MUTATIONS}
    assert {name: times for name, times in found.items() if times != 1} == {}


def test_each_has_a_name_of_its_own_and_changes_something():
    assert max(Counter(each.name for each in MUTATIONS).values()) == 1
    assert all(each.text != each.mutant for each in MUTATIONS)


def test_the_tests_of_each_are_there():
    wanted = {each.tests.partition("::")[0] for each in MUTATIONS}
    assert [path for path in sorted(wanted) if not (ROOT / path).exists()] == []
