"""A command in this process: how it is run, what it prints, its lease, and how it ends.

Import nothing here: gunicorn's master loads `execution.drain` before Django is set up.
"""
