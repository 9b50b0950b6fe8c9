"""What exporters share: the entries of an export, comments and quoting."""
