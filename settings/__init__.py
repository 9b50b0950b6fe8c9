"""Settings of the reference project: base, and one module per environment on top of it."""
