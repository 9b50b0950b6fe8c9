"""What a run is given: the job's fixed options, and of the caller's what `params` names."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from django.core.management import CommandError

from jobs_api.registry.job import Job, aliases


@dataclasses.dataclass(frozen=True)
class Given:
    """Values by the names that the command's `handle` sees."""

    fixed: Mapping[str, Any]
    """The job's `options`."""
    sent: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What the caller has set."""
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Of what the caller left out: the defaults of `params`. They take the place of the parser's own."""
    offered: Collection[str] = ()
    """All that the caller may set. The job's `args` cannot, or a caller could shift what they mean."""
    assumed: Collection[str] = ()
    """What a check takes for set by some caller."""

    @classmethod
    def of(cls, job: Job, options: Mapping[str, Any]) -> Given:
        """What a run is given that stored these options of its caller.

        Raises:
            CommandError: another version of the job took them, and this one would leave one out.
        """
        _refuse_unknown(job, options)
        if job.params is None:
            return cls(job.options)
        model = job.params.model_validate(options)
        names = set(job.params.model_fields)
        values = model.model_dump(include=names, by_alias=False)
        known = [name for name in job.params.model_fields if name in values]
        sent = {name: values[name] for name in known if name in model.model_fields_set}
        # None is how a model says that there is nothing: then there is nothing to tell the command.
        left = {name: values[name] for name in known if name not in sent and values[name] is not None}
        return cls(job.options, sent, left, names)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What is set, by the job or the caller."""
        return {**self.sent, **self.fixed}

    @cached_property
    def effective(self) -> dict[str, Any]:
        """What is set, and the defaults of what is not."""
        return {**self.defaults, **self.values}

    @cached_property
    def names(self) -> frozenset[str]:
        """All that the command line may not set."""
        return frozenset([*self.effective, *self.offered])


def _refuse_unknown(job: Job, options: Mapping[str, Any]) -> None:
    """A model ignores what it does not know; without its `dry_run` a run would do something else."""
    fields = {} if job.params is None else job.params.model_fields
    known = {alias for name, field in fields.items() for alias in aliases(name, field)}
    if unknown := sorted(options.keys() - known):
        raise CommandError(
            f"Error: this version of the job does not take the option {unknown[0]!r}, with which the run was "
            "made. Rerun it with others."
        )
