"""The values for a run: the job's fixed options, and those of the caller that `params` allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from django.core.management import CommandError

from jobs_api.registry.job import Job, aliases


@dataclasses.dataclass(frozen=True)
class RunValues:
    """Values by the names that the command's `handle` receives."""

    fixed: Mapping[str, Any]
    """The job's `options`."""
    sent: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The values that the caller has sent."""
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Defaults of `params` for options that the caller did not send. They replace the parser's defaults."""
    offered: Collection[str] = ()
    """All options that the caller may set. `args` cannot, or a caller could change what `args` mean."""
    assumed: Collection[str] = ()
    """Options that a check assumes to be set by a caller."""

    @classmethod
    def of(cls, job: Job, options: Mapping[str, Any]) -> RunValues:
        """The values for a run that was stored with these options of its caller.

        Raises:
            CommandError: another version of the job accepted them, and this one would ignore one of them.
        """
        _refuse_unknown(job, options)
        if job.params is None:
            return cls(job.options)
        model = job.params.model_validate(options)
        names = set(job.params.model_fields)
        values = model.model_dump(include=names, by_alias=False)
        names_with_value = [name for name in job.params.model_fields if name in values]
        sent = {name: values[name] for name in names_with_value if name in model.model_fields_set}
        # In a model, None means "no value": then the command gets no value either.
        defaults_left = {
            name: values[name] for name in names_with_value if name not in sent and values[name] is not None
        }
        return cls(job.options, sent, defaults_left, names)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The values that are set by the job or the caller."""
        return {**self.sent, **self.fixed}

    @cached_property
    def effective(self) -> dict[str, Any]:
        """The values that are set, and the defaults of the others."""
        return {**self.defaults, **self.values}

    @cached_property
    def names(self) -> frozenset[str]:
        """All options that the command line must not set."""
        return frozenset([*self.effective, *self.offered])


def _refuse_unknown(job: Job, options: Mapping[str, Any]) -> None:
    """Refuse unknown options. A model ignores them: without `dry_run` a run would do something else."""
    fields = {} if job.params is None else job.params.model_fields
    accepted = {alias for name, field in fields.items() for alias in aliases(name, field)}
    if unknown := sorted(options.keys() - accepted):
        raise CommandError(
            f"Error: the run was created with the option {unknown[0]!r}, but this version of the job does "
            "not accept it. Rerun it with other options."
        )
