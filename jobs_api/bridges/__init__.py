"""Other schedulers for Django projects start the declared jobs: one module for each, found by its name.

Nothing here is imported unless a host uses it: a module imports its scheduler, which must be installed.
Modules that keep rows in that scheduler's tables have `APP`, its name in INSTALLED_APPS, and a function
`sync`, which `manage.py jobs_sync` calls.
"""
