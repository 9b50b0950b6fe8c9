"""Background executors, and a command that reports when it has begun."""
