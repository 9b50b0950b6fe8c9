"""A command in a process of its own: how an engine delivers it, supervises it and stops it.

Import nothing here: gunicorn's master loads `worker.host_limit` before Django is set up.
"""
