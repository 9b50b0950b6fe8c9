"""When a job is due: cron lines, slots and run dates; pure functions, no database."""
