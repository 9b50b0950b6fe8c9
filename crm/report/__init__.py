"""The weekly report: its figures, their chart, and the mail that brings both."""
