"""The staff's admin: our own models alone, so that nothing is written past the audit trail."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.base import ModelBase
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts import staff

OURS = {"accounts", "billing", "generation"}


class Desk(AdminSite):
    """Lists of other apps stay away: what they hold about people is on the pages of these people."""

    site_header = site_title = "Aurora"
    index_title = "All tables"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # It deletes rows past the services.
        self.disable_action("delete_selected")

    def register(
        self, model_or_iterable: type[Model] | Iterable[type[Model]], admin_class: Any = None, **options: Any
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else list(model_or_iterable)
        ours: list[type[Model]] = [model for model in models if model._meta.app_label in OURS]
        super().register(ours, admin_class, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return context | {"staff_session": getattr(request, "staff_session", None), "may": staff.of_request(request)}


class Fetched:
    """For tables of millions: what rows point at is fetched after them, not joined.

    The walls between workspaces make the database expect few rows, and with joins it then reads all of them.
    """

    list_select_related: Any = ()
    fetched: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # beside a ModelAdmin
        return rows.prefetch_related(*self.fetched)


class QuickPaginator(Paginator[Any]):
    """Counts no further than anybody pages: to count millions takes longer than to show some."""

    MOST = 1_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if hasattr(rows, "query"):
            return int(rows.order_by()[: self.MOST].count())  # type: ignore[attr-defined]
        return len(rows)
