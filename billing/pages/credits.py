"""`/w/<slug>/billing/credits`: what there is, more of it, and what was bought."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Workspace
from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services.rights import Refused
from billing import amounts, ledger, prices
from billing.models import Account, Purchase, TopUp
from billing.pages import failing, words
from billing.pages.credit_forms import OTHER, BuyForm, CodeForm
from billing.services import cards, codes, credit, purchases, top_up, welcome
from billing.stripe_client import NotConfigured

SHOWN = 20
Kind, Status = Purchase.Kind, Purchase.Status
KINDS = {Kind.CREDIT: "Bought", Kind.TOP_UP: "Automatic top-up"}
STATES = {Status.OPEN: "Not paid yet", Status.PAID: "Paid", Status.FAILED: "Failed", Status.EXPIRED: "Not paid"}


@dataclass(frozen=True)
class Pack:
    """Something to choose, and what it buys."""

    value: str
    dollars: str
    pictures: str
    is_chosen: bool


@dataclass(frozen=True)
class Bought:
    """A purchase as it is listed."""

    purchase: Purchase
    what: str
    amount: str
    state: str
    note: str

    @property
    def can_go_on(self) -> bool:
        return self.purchase.status == Status.OPEN and bool(self.purchase.session_url)


@require_safe
@needs(Action.SEE_MONEY)
def show(request: WorkspaceRequest, slug: str) -> HttpResponse:
    return _page(request)


@require_POST
@needs(Action.MANAGE_MONEY)
@require_fresh_login
def buy(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """To Stripe's checkout."""
    form = BuyForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    keep_card = form.cleaned_data["keep_card"]
    try:
        begun = credit.buy(
            workspace=request.workspace, actor=request.user, amount_micros=form.micros, keep_card=keep_card
        )
    except (Refused, NotConfigured, stripe.StripeError) as error:
        form.add_error("amount" if form.cleaned_data["pack"] == OTHER else None, failing.why(error))
        return _page(request, form=form, status=422)
    return redirect(begun.session_url)


@require_safe
@needs(Action.SEE_MONEY)
@failing.back_to("billing:credits")
def done(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Where the browser comes back from the checkout: what was paid for is there before the page is."""
    session_id = request.GET.get("session", "")
    if not Purchase.objects.filter(workspace=request.workspace, session_id=session_id).exists():
        raise Http404("No such checkout.")
    purchase = purchases.settle(session_id)
    if purchase and purchase.status == Status.PAID:
        messages.success(request, f"{amounts.dollars(purchase.amount_micros)} of credit is here.")
    elif purchase and purchase.status == Status.FAILED:
        messages.error(request, purchase.failure)
    else:
        messages.info(request, "The payment is on its way. The credit is here as soon as it has arrived.")
    return redirect("billing:credits", slug)


@require_POST
@needs(Action.MANAGE_MONEY)
def redeem(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Redeem a promo code."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            given = codes.redeem(workspace=request.workspace, actor=request.user, code=form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, f"{amounts.dollars(given)} of credit is here.")
            return redirect("billing:credits", slug)
    return _page(request, code_form=form, status=422)


def summary(workspace: Workspace) -> dict[str, Any]:
    """What there is, for the card on the billing page and the top of this one. Runs in the workspace's scope."""
    purse, price = ledger.purse(workspace=workspace), prices.of(prices.Item.SPEED)
    gifts = [
        {"label": Account.Source(gift.source).label, "amount": amounts.dollars(gift.micros), "ends": _last_day(gift)}
        for gift in purse.gifts
    ]
    return {
        "balance": amounts.dollars(purse.spendable),
        "pictures": words.counted(purse.spendable // price, "picture"),
        "gifts": gifts,
        "wallet": amounts.dollars(purse.wallet),
        "held": amounts.dollars(purse.held) if purse.held else "",
        "price": amounts.dollars(price),
        "price_micros": price,
    }


def _last_day(gift: ledger.Gift) -> datetime | None:
    """The last moment of the gift, as what ends at midnight is there for the day before alone."""
    return gift.expires_at and gift.expires_at - timedelta(microseconds=1)


def _page(
    request: WorkspaceRequest, *, form: BuyForm | None = None, code_form: CodeForm | None = None, status: int = 200
) -> HttpResponse:
    workspace, about = request.workspace, summary(request.workspace)
    form = form or BuyForm(initial={"pack": str(credit.PACKS[1])})
    row = top_up.settings_of(workspace)
    context = {
        "credit": about,
        "form": form,
        "packs": _packs(form, about["price_micros"]),
        "other_chosen": form["pack"].value() == OTHER,
        "code_form": code_form or CodeForm(),
        "bought": _bought(workspace),
        "top_up": _top_up(workspace, row) if row else None,
        "unproved": welcome.state(workspace=workspace, person=request.user) == welcome.State.UNPROVED,
        "sells": bool(settings.STRIPE_SECRET_KEY),
        "place": "team",
    }
    return render(request, "billing/credits.html", context, status=status)


def _packs(form: BuyForm, price: int) -> list[Pack]:
    chosen = form["pack"].value()
    return [
        Pack(str(micros), words.dollars(micros), words.counted(micros // price, "picture"), str(micros) == chosen)
        for micros in credit.PACKS
    ]


def _top_up(workspace: Workspace, row: TopUp) -> dict[str, Any]:
    spent = top_up.this_month(workspace)
    return {
        "is_on": row.is_on,
        "failure": row.failure,
        "card": cards.Card.of(row) if row.card_id else None,
        "threshold": words.dollars(row.threshold_micros),
        "amount": words.dollars(row.amount_micros),
        "limit": words.dollars(row.monthly_limit_micros),
        "this_month": words.dollars(spent),
        "is_used_up": row.is_on and spent + row.amount_micros > row.monthly_limit_micros,
    }


def _bought(workspace: Workspace) -> list[Bought]:
    rows = Purchase.objects.filter(workspace=workspace).exclude(kind=Kind.PLAN).select_related("person")
    return [_listed(row) for row in rows.order_by("-created_at")[:SHOWN]]


def _listed(row: Purchase) -> Bought:
    back = row.returned_micros
    note = row.failure if row.status == Status.FAILED else ""
    if row.status == Status.PAID and back:
        note = "All of it was paid back" if back == row.amount_micros else f"{amounts.dollars(back)} was paid back"
    what = KINDS[Kind(row.kind)]
    return Bought(row, what, amounts.dollars(row.amount_micros), STATES[Status(row.status)], note)
