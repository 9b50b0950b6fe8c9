"""`make demo`: jobs triggered over HTTP, repeated, killed and recovered; each claim is checked.

It is also an app, installed by `tools.demo.settings` only, with the two jobs that the reference
project rightly lacks: one that is slow enough to be killed, and one that fails.
"""
