"""What is wrong with a wish for an export."""


class BadOption(ValueError):
    """An option that cannot be used; `str()` names it and the remedy."""
