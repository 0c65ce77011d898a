"""Long lists by what came last on the page before: each page costs the same, however far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
LINES = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """`older` is the query of the next page, empty on the last; `first` that of the newest, empty on the first."""

    rows: Sequence[M]
    older: str
    first: str


def newest(request: HttpRequest, rows: QuerySet[M], *, by: str = "created_at", lines: int = LINES) -> Page[M]:
    """The rows by a moment and their key, those after `?after=` in the address."""
    mark = request.GET.get("after", "")
    order = (f"-{by}", "-pk")
    # Which, before what they look like: joins are made for those that are shown, not for all that are looked at.
    keys = list(rows.filter(_older_than(mark, by)).order_by(*order).values_list("pk", flat=True)[: lines + 1])
    shown = list(rows.filter(pk__in=keys[:lines]).order_by(*order)) if keys else []
    last = f"{getattr(shown[-1], by).isoformat()}~{shown[-1].pk}" if len(keys) > lines else ""
    return Page(shown, _query(request, last) if last else "", _query(request, "") if mark else "")


def _older_than(mark: str, by: str) -> Q:
    moment, _, key = mark.partition("~")
    try:
        at: Any = datetime.fromisoformat(moment)
    except ValueError:
        return Q()
    # Written so that the index is read from there on: what begins at the moment, less those of it that were shown.
    return Q(**{f"{by}__lte": at}) & (Q(**{f"{by}__lt": at}) | Q(pk__lt=key)) if key and at.tzinfo else Q()


def _query(request: HttpRequest, after: str) -> str:
    wish = {name: value for name, value in request.GET.items() if value and name != "after"}
    return "?" + urlencode(wish | ({"after": after} if after else {}))
