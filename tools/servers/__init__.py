"""Try jobs_api under each server for real: what `make servers` does."""
