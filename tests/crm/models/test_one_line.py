import pytest
from django.core.exceptions import ValidationError

from crm.models.one_line import one_line


@pytest.mark.parametrize("breaks", ["\n", "\r", "\t", "\v", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_control_characters_are_refused_wherever_they_are(breaks):
    for text in (f"Lap{breaks}top", f"Laptop{breaks}", f"{breaks}Laptop"):
        with pytest.raises(ValidationError, match="Write it on one line"):
            one_line(text)


@pytest.mark.parametrize(
    "text", ["", 'Laptop 15"', "Zoë O'Brien", "\N{PILE OF POO}", "a\u00a0b", "\u0645\u064a"]
)
def test_any_other_text_is_fine(text):
    one_line(text)
