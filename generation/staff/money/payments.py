"""Payments and refunds: of what was bought, back to the card; of a picture, back to the credit."""

from typing import Any, cast
from uuid import UUID

import stripe
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staff
from accounts.models import User
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from billing import amounts
from billing.ledger import LedgerError
from billing.models import Purchase
from billing.pages.credit_forms import DollarsField, plain
from billing.pages.failing import why
from billing.services import returns
from billing.stripe_client import NotConfigured
from generation.models import Picture
from generation.services.refund import refund as refund_picture
from generation.staff import paging
from generation.staff.fields import reason_field, workspace_of
from generation.staff.frame import needs
from generation.staff.money.page import page


class RefundForm(forms.Form):
    amount = DollarsField(label="Amount, in dollars")
    # As the reader saw it: pressed twice, it goes back once.
    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = reason_field()


class PictureForm(forms.Form):
    picture = forms.UUIDField(
        label="Id of the picture",
        help_text="As in its address.",
        error_messages={"invalid": "An id looks like 6ba7b810-9dad-11d1-80b4-00c04fd430c8."},
    )
    reason = reason_field()


@needs(StaffAction.SEE_MONEY)
@require_safe
def purchases(request: HttpRequest) -> HttpResponseBase:
    """What was bought, the newest first."""
    return _purchases(request, PictureForm(auto_id="picture_%s"))


def _purchases(request: HttpRequest, form: forms.Form, status: int = 200) -> HttpResponseBase:
    asked = request.GET.get("q", "").strip()[:120].replace("\0", "")
    rows = Purchase.objects.select_related("workspace")
    if asked:
        named = workspace_of(asked)
        rows = rows.filter(Q(workspace=named) if named else Q(payment_id=asked) | Q(session_id=asked))
    context = {"asked": asked, "found": paging.newest(request, rows), "form": form}
    return page(request, "purchases", context, title="Payments", tab="money_purchases", status=status)


@needs(StaffAction.SEE_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One payment; on POST send some of it back to the card."""
    purchase = Purchase.objects.select_related("workspace", "person").filter(pk=pk).first()
    if purchase is None:
        raise Http404("There is no such payment.")
    left = returns.left_of(purchase)
    form = RefundForm(request.POST or None, initial={"amount": plain(left), "seen": purchase.returned_micros})
    if request.method == "POST":
        staff.demand(request.user, StaffAction.MOVE_MONEY)
        if form.is_valid() and _refund(request, purchase, form):
            return redirect("staff:money_refund", pk)
    context = {"purchase": purchase, "form": form, "left": left}
    title = f"{amounts.dollars(purchase.amount_micros)} of {purchase.workspace}"
    return page(request, "refund", context, title=title, tab="money_purchases", status=422 if form.errors else 200)


def _refund(request: HttpRequest, purchase: Purchase, form: RefundForm) -> bool:
    sent: dict[str, Any] = form.cleaned_data
    purchase.returned_micros = sent["seen"]
    try:
        returns.refund_purchase(
            purchase=purchase, amount_micros=sent["amount"], reason=sent["reason"], by=cast("User", request.user)
        )
    except (Refused, NotConfigured, stripe.StripeError) as error:
        form.add_error("amount", why(error))
        return False
    messages.success(request, f"{amounts.dollars(sent['amount'])} goes back to the card.")
    return True


@needs(StaffAction.REFUND)
@require_POST
def picture(request: HttpRequest) -> HttpResponseBase:
    """Give back what one delivered picture cost; the picture stays. Who sees no money does so at the generation."""
    staff.demand(request.user, StaffAction.SEE_MONEY)
    form = PictureForm(request.POST, auto_id="picture_%s")
    if form.is_valid() and (micros := _refund_picture(request, form)) is not None:
        given = f"{amounts.dollars(micros)} is given back." if micros else "It was given back before."
        messages.success(request, given)
        return redirect("staff:money_purchases")
    return _purchases(request, form, status=422)


def _refund_picture(request: HttpRequest, form: PictureForm) -> int | None:
    rows = Picture.objects.select_related("workspace")
    found = rows.filter(pk=form.cleaned_data["picture"]).first()
    if found is None:
        form.add_error("picture", "There is no such picture.")
        return None
    try:
        return refund_picture(picture=found, reason=form.cleaned_data["reason"], by=cast("User", request.user))
    except LedgerError as error:
        form.add_error("picture", str(error))
        return None
