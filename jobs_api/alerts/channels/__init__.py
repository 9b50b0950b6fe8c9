"""The types of channels: a file each, found by its name."""
