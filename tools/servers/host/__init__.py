"""The host project that the servers serve: one command, and jobs that run it."""
