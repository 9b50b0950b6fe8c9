"""Another process on the test's database: its settings, jobs and hooks come from the environment.

`start` runs a command of manage.py in one; `hooks` lets it die, or wait, at a point that is named.
"""
