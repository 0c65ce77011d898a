"""The trial balance and the ledger: read, never written here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import JobRun
from accounts.services import jobs
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from billing import amounts
from billing.models import Adjustment, PromoCode, Purchase, Transaction
from billing.services import closing
from generation.models import Generation
from generation.staff import paging
from generation.staff.fields import uuid_of, workspace_of
from generation.staff.frame import needs
from generation.staff.money.page import page

PROOF = "billing.tasks.prove_ledger"
DAYS = 14


@needs(StaffAction.SEE_MONEY)
@require_safe
def trial(request: HttpRequest) -> HttpResponseBase:
    """Sums by kind of account, which together are nothing, by the balances and by the postings of closed days."""
    found = closing.trial()
    days = [
        (day, [amounts.dollars(held.get(kind, 0)) for kind in closing.KINDS], sum(held.values()))
        for day, held in closing.days(number=DAYS)
    ]
    context = {"trial": found, "days": days, "kinds": closing.KINDS, "proof": JobRun.objects.filter(pk=PROOF).first()}
    return page(request, "trial", context, title="Trial balance", tab="money")


@needs(StaffAction.MOVE_MONEY)
@require_POST
def prove(request: HttpRequest) -> HttpResponseBase:
    """Have all of the books proved now."""
    try:
        jobs.ask(PROOF)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:money")


@dataclass(frozen=True)
class Wish:
    """What of the ledger is asked for; a wrong word finds nothing, and says so."""

    workspace: str
    kind: str
    day: str
    reason: str
    hold: str
    key: str
    trouble: str = ""

    def rows(self) -> QuerySet[Transaction]:
        rows = Transaction.objects.select_related("workspace", "made_by").prefetch_related("postings__account")
        filters: dict[str, Any] = {name: value for name, value in (("hold", self.hold), ("key", self.key)) if value}
        if self.kind in Transaction.Kind.values:
            filters["kind"] = self.kind
        if self.workspace:
            filters["workspace"] = workspace_of(self.workspace)
        if (day := _day(self.day)) is not None:
            begin = datetime.combine(day, time(), UTC)
            filters |= {"created_at__gte": begin, "created_at__lt": begin + timedelta(days=1)}
        if self.reason:
            # The first half is what its index holds.
            rows = rows.exclude(reason="").filter(reason__icontains=self.reason)
        return rows.filter(**filters)


def _wish(request: HttpRequest) -> Wish:
    sent = {name: request.GET.get(name, "").strip()[:120].replace("\0", "") for name in Wish.__dataclass_fields__}
    sent.pop("trouble")
    trouble = ""
    if sent["workspace"] and workspace_of(sent["workspace"]) is None:
        trouble = "There is no such workspace."
    elif sent["day"] and _day(sent["day"]) is None:
        trouble = "A day is written as in 2026-11-25."
    return Wish(**sent, trouble=trouble)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@needs(StaffAction.SEE_MONEY)
@require_safe
def ledger(request: HttpRequest) -> HttpResponseBase:
    """All movements of all workspaces, the newest first."""
    wish = _wish(request)
    rows = Transaction.objects.none() if wish.trouble else wish.rows()
    context = {"wish": wish, "found": paging.newest(request, rows), "kinds": Transaction.Kind.choices}
    return page(request, "ledger", context, title="Ledger", tab="money_ledger", status=422 if wish.trouble else 200)


@dataclass(frozen=True)
class Link:
    """A row that a movement belongs to."""

    label: str
    words: str
    url: str


@needs(StaffAction.SEE_MONEY)
@require_safe
def movement(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One movement, its sides, and what it belongs to."""
    rows = Transaction.objects.select_related("workspace", "made_by").prefetch_related("postings__account")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("There is no such movement.")
    of_hold = Transaction.objects.filter(hold=row.hold).order_by("created_at", "id")[:50] if row.hold else []
    context = {
        "row": row,
        "of_hold": of_hold,
        "links": [link for link in _belongs(row) if link],
        "sum": sum(posting.amount for posting in row.postings.all()),
    }
    return page(request, "movement", context, title=f"{row.get_kind_display()}: {row.key}", tab="money_ledger")


def _belongs(row: Transaction) -> list[Link | None]:
    return [_generation(row), _purchase(row), _adjustment(row), _code(row)]


def _generation(row: Transaction) -> Link | None:
    key = uuid_of(row.hold)
    found = Generation.objects.filter(pk=key).first() if key else None
    if found is None:
        return None
    return Link("Generation", f"{found.mode}, {found.status}", _change("generation_generation", found.pk))


def _purchase(row: Transaction) -> Link | None:
    found = Purchase.objects.filter(payment_id=row.reference).first() if row.reference else None
    if found is None:
        return None
    words = f"{found.get_kind_display()}, {amounts.dollars(found.amount_micros)}"
    return Link("Payment", words, reverse("staff:money_refund", args=[found.pk]))


def _adjustment(row: Transaction) -> Link | None:
    word, _, rest = row.key.partition(":")
    key = uuid_of(rest) if word == "adjust" else None
    found = Adjustment.objects.filter(pk=key).first() if key else None
    return Link("Adjustment", found.get_state_display(), reverse("staff:money_adjustments")) if found else None


def _code(row: Transaction) -> Link | None:
    word, _, rest = row.key.partition(":")
    number = rest.partition(":")[0]
    found = PromoCode.objects.filter(pk=number).first() if word == "code" and number.isdecimal() else None
    return Link("Promo code", found.code, reverse("staff:money_code", args=[found.pk])) if found else None


def _change(table: str, pk: UUID) -> str:
    return reverse(f"admin:{table}_change", args=[pk])
