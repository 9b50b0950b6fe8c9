"""Sample data: realistic, of any size, and the same again from the same seed."""
