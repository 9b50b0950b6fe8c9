"""The front page: what is read for it, and what it says. Nothing here knows HTML."""
