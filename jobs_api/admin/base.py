"""What all our pages in Django's admin share: they show, they are quick, and they edit nothing.

Django's admin classes take no type argument at run time, hence the comments for mypy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from jobs_api import database
from jobs_api.admin import onward
from jobs_api.admin.orders import Order, chooser, link_to, ordered, selected
from jobs_api.admin.showing import zone_name
from jobs_api.text import one_line, visible

MOST_ROWS = 1000
"""So many rows a list has, on all its pages: filters lead to the others."""
NEWEST = 100_000
"""Among so many rows a filter looks that no index serves: the answer takes as long with ten million."""
OPERATE = "jobs_api.operate_jobrun"


class Pages(Paginator):  # type: ignore[type-arg]
    """Pages of the first rows. It does not count the others, which takes long in a long table."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as they are listed."""
        return len(cast("QuerySet[Any]", self.object_list).values_list("pk")[:MOST_ROWS])


class Rows(ChangeList):
    """A list in the order of an index, whatever the address says."""

    model_admin: ShowingAdmin

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        told = [f"times in {zone_name()}"]
        if self.looks_among_newest:
            told.append(f"among the newest {NEWEST:,}: choose a job to look further back")
        if self.result_count >= MOST_ROWS:
            told.append(f"only {MOST_ROWS:,} are listed: filters lead to the others")
        self.title = f"{str(self.opts.verbose_name_plural).capitalize()} ({'; '.join(told)})"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """That of the pages; never that of a column, which may have no index."""
        return list(self.model_admin.get_ordering(request))

    def get_queryset(self, request: HttpRequest, *args: Any, **options: Any) -> QuerySet[Any]:
        """The rows, of which a filter without an index looks at the newest only."""
        found = super().get_queryset(request, *args, **options)
        self.looks_among_newest = bool(
            self.has_active_filters and not self.model_admin.has_index(request.GET)
        )
        if not self.looks_among_newest:
            return found
        newest = self.root_queryset.order_by("-pk").values_list("pk", flat=True).first() or 0
        return found.filter(pk__gt=newest - NEWEST)


class ShowingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds, edits or deletes these rows by hand. What may be done to them is an order of the API."""

    paginator = Pages
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    sortable_by = ()
    ordering = ("-pk",)
    actions_on_bottom = False
    save_as = False
    groups: ClassVar[Sequence[tuple[str | None, Sequence[Callable[[Any], Any]]]]] = ()
    """What the page of a row shows: headings, with readers of facts."""
    orders: ClassVar[Sequence[Order]] = ()

    # -- who may do what ----------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, whatever permissions they have."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has the permission to view, or one that contains it."""
        return self.may_view(request)

    def may_view(self, request: HttpRequest) -> bool:
        """Django's answer, with the permissions that Django knows."""
        return super().has_view_permission(request)

    def may_operate(self, request: HttpRequest) -> bool:
        """Whether somebody may give orders, and sees what they are about."""
        return self.has_view_permission(request) and request.user.has_perm(OPERATE)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """By our own filters only: others have no index, or would ask for a secret letter by letter."""
        return lookup in {each.parameter_name for each in self.list_filter}  # type: ignore[union-attr]

    # -- lists --------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, from the database for writes: a replica may lag."""
        found: QuerySet[Any] = self.model._default_manager.using(database.alias())
        return found

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Our list."""
        return Rows

    def has_index(self, wanted: Mapping[str, str]) -> bool:
        """Whether an index serves what the address of a list asks for."""
        return "job" in wanted or SEARCH_VAR in wanted

    def action_checkbox(self, obj: Any) -> SafeString:
        """Its label says the name of the row, which is text of somebody."""
        return SafeString(visible(super().action_checkbox(obj)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Facts under their headings."""
        return [(heading, {"fields": list(facts)}) for heading, facts in self.groups]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return [fact for _, facts in self.groups for fact in facts]

    # -- orders -------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Our orders for rows; none that a project has for all its tables, such as to delete or to export.

        Django 6.1 asks for each place that may show them, and wants the parameter by this name.
        """
        if IS_POPUP_VAR in request.GET or not self.may_operate(request):
            return {}
        place = {} if action_location is None else {"action_location": action_location}
        orders = {each.name: chooser(each) for each in self.orders if each.of_rows}
        found = {name: self.get_action(choose, **place) for name, choose in orders.items()}
        return {
            name: action for name, action in found.items() if action
        }  # None in a place where none belongs

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **options: Any
    ) -> Any:
        """Refuse a selection that no list shows."""
        return selected(self, request) or super().response_action(request, queryset, *args, **options)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with links to orders that need no row."""
        links = self._links(request, [each for each in self.orders if not each.of_rows], "")
        address = onward.list_of(self.model)
        open_it = {"dashboard": address, "may_open": onward.may_open(request, address)}
        context = {"order_links": links, **open_it, **self._site(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a row, with links to its orders."""
        context = {
            "title": f"{str(self.opts.verbose_name).capitalize()} (times in {zone_name()})",
            "order_links": self._links(
                request, [each for each in self.orders if each.of_rows], f"?pk={object_id}"
            ),
            **self._site(request),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Its name is text of somebody, too."""
        context["original"] = context["subtitle"] = one_line(str(obj))
        context["may_open"] = onward.may_open(request, self.get_view_on_site_url(obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What Django notes of edits has nothing of ours: the page of the row and the audit tell more."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect("../change/")

    def view_on_site(self, obj: Any) -> str | None:
        """The page of the dashboard that shows the row, where the dashboard is mounted."""
        return onward.page_of(obj)

    def _site(self, request: HttpRequest) -> dict[str, str]:
        return onward.site_of(request, self.admin_site)

    def _links(self, request: HttpRequest, orders: Sequence[Order], query: str) -> list[tuple[str, str]]:
        if not self.may_operate(request):
            return []
        return [(link_to(self, each) + query, each.label) for each in orders]

    def get_urls(self) -> list[URLPattern]:
        """Ours first: Django's own end with one that takes any path."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_order"
        return [path("order/<slug:name>/", ordered(self), name=name), *super().get_urls()]
