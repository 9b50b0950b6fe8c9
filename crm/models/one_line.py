"""What a name or a title may hold."""

from django.core.validators import RegexValidator

# Control characters, and the two of Unicode that break lines: in a text mail or an output, what follows
# one would pass for a line of ours.
one_line = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]",
    "Write it on one line, without control characters.",
    inverse_match=True,
)
