"""From a trigger to a started run: one job, run-due, backfill, rerun and cancel."""
