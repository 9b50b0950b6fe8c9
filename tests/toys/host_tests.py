"""The tests that a host writes: all of them."""

from jobs_api.testing import ExecutorConformance


class TestSpawn(ExecutorConformance):
    executor = "tests.toys.spawning.Spawn"
