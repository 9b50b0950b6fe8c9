"""What importers share: entries, names, schedules, command lines, secrets and the text that is printed."""
