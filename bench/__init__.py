"""Side-by-side measurements against the views that people write by hand: ``make bench``."""
