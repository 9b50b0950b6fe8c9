"""YAML of ours says to a YAML parser what it was made of."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs_api.exporters.common.yaml_text import block, scalar

SHAPES = ["", "yes", "0123", "1e3", "a: b # c", "- x", "${x}"]
TEXTS = [*SHAPES, "'", '"', "\\", "a\nb", "\x7f\x85\u2028\ufeff", "é 😀"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_string_is_read_as_the_same_string(text):
    assert yaml.safe_load(scalar(text)) == text
    assert yaml.safe_load(block({"a": {text or "key": [text, {"b": text}]}})) == {
        "a": {text or "key": [text, {"b": text}]}
    }


leaves = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12)


@settings(max_examples=40)
@given(st.dictionaries(keys, values, max_size=5))
def test_any_value_is_read_as_the_same_value(value):
    text = block(value)
    assert (yaml.safe_load(text) or {}) == value


def test_it_is_written_as_a_person_would():
    value = {"Rule": {"Names": ["a", "b"], "Deep": [{"Id": 1, "On": True}], "None": {}}}
    assert block(value, 2) == (
        '  Rule:\n    Names:\n      - "a"\n      - "b"\n    Deep:\n      - Id: 1\n        "On": true\n'
        "    None: {}\n"
    )
