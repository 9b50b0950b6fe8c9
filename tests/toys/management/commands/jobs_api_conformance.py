"""The command of `jobs_api.testing`, for workers that have the toys and not that app."""

from jobs_api.testing.management.commands.jobs_api_conformance import Command as Command
