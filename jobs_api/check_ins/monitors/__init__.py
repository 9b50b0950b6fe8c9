"""The monitors, each in the file of its name."""
