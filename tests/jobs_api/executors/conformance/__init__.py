"""`jobs_api.testing.ExecutorConformance` for each of our executors, for real.

To add an executor, write `engines/<its name>.py` with a class `engine`, an `Engine`: how its workers are
started and ended, and how the test takes it down. Add a class to test_every_executor.py, which fails where
one is missing.
"""
