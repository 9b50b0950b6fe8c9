"""An app whose module `tasks` connects the scheduler that HOST_ENGINE names, as docs/bridges.md shows."""
