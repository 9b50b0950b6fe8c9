"""Tell people of trouble, once, where they already listen: incidents, messages, channels.

See docs/alerts.md.
"""
