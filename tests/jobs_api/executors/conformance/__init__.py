"""What every executor has to do, and the same tests for each of them, for real.

To add an executor to the suite, write `engines/<its name>.py` with a class `engine`, an `Engine`: how its
workers are started and ended, and how the test takes it down. The tests find it by its name; an
executor without one fails them.
"""
