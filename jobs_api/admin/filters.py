"""Filters of our lists: none of them needs a DISTINCT over a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from jobs_api import clock, registry

MANY = 100
"""More jobs than these are no list to choose from: the search finds one by its name."""
SPANS = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}


class JobFilter(SimpleListFilter):
    """By job: those that are declared, and the one that the address names."""

    title = "job"
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The jobs that are declared now."""
        names = [job.name for job in registry.jobs()]
        named = request.GET.get(self.parameter_name)
        shown = names if len(names) <= MANY else []
        return [(name, name) for name in dict.fromkeys([*shown, *([named] if named else [])])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of that job."""
        name = self.value()
        if name is None:
            return queryset
        return queryset.none() if "\x00" in name else queryset.filter(job_name=name)  # no database has it


def choice(title: str, values: Iterable[str], where: Callable[[str], Q]) -> type[SimpleListFilter]:
    """A filter by one of these values.

    Args:
        title: its heading; with underscores, its name in the address.
        where: the condition for a value.
    """
    known = list(values)

    class Choice(SimpleListFilter):
        parameter_name = title.replace(" ", "_")

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value.replace("_", " ")) for value in known]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            if value is None:
                return queryset
            if value not in known:
                raise IncorrectLookupParameters
            return queryset.filter(where(value))

    Choice.title = title
    return Choice


def within(field: str, title: str) -> type[SimpleListFilter]:
    """A filter by how long ago something was, by the database's clock."""
    return choice(title, SPANS, lambda span: Q(**{f"{field}__gte": clock.after(None, -SPANS[span])}))
