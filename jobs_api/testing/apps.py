"""The app of workers that `ExecutorConformance` tests."""

from __future__ import annotations

from django.apps import AppConfig


class TestingConfig(AppConfig):
    """Its command is what the suite runs, its jobs are those that the suite triggers."""

    name = "jobs_api.testing"
    label = "jobs_api_testing"
