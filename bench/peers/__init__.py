"""What people write by hand instead, as careful people write it, and the command that all run."""
