"""Every interleaving, not only the lucky ones: a model checker of our own transitions.

Actors are threads that run the real code; one at a time, and between two statements of one of them any
other may go on. docs/explore.md tells what is explored, how to read a failure and how to replay it.
"""
