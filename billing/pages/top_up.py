"""`/w/<slug>/billing/credits/top-up`: when credit is bought by itself, how much, and with which card."""

from typing import Any

import stripe
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services.rights import Refused
from billing.pages import failing
from billing.pages.credit_forms import TopUpForm, chosen
from billing.services import cards, top_up
from billing.stripe_client import NotConfigured


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_MONEY)
@require_fresh_login
def edit(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Set it and turn it on, which leads to Stripe where no card is on file; or turn it off."""
    if request.method != "POST":
        return _page(request, TopUpForm(initial=chosen(top_up.settings_of(request.workspace))))
    if "stop" in request.POST:
        top_up.stop(workspace=request.workspace, actor=request.user)
        messages.success(request, "Automatic top-up is off.")
        return redirect("billing:credits", slug)
    form = TopUpForm(request.POST)
    if form.is_valid():
        try:
            return _choose(request, form.amounts())
        except (Refused, NotConfigured, stripe.StripeError) as error:
            form.add_error(None, failing.why(error))
    return _page(request, form, status=422)


@require_POST
@needs(Action.MANAGE_MONEY)
@require_fresh_login
@failing.back_to("billing:top_up")
def new_card(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """To Stripe, where another card is put in."""
    return redirect(cards.ask(workspace=request.workspace, actor=request.user, turn_on=False))


@require_POST
@needs(Action.MANAGE_MONEY)
@require_fresh_login
@failing.back_to("billing:top_up")
def remove_card(request: WorkspaceRequest, slug: str) -> HttpResponse:
    if cards.forget(workspace=request.workspace, actor=request.user):
        messages.success(request, "The card is removed, and automatic top-up is off.")
    return redirect("billing:credits", slug)


@require_safe
@needs(Action.MANAGE_MONEY)
@failing.back_to("billing:credits")
def card_saved(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Where the browser comes back from saving a card."""
    session_id = request.GET.get("session", "")
    row = cards.keep_of_session(session_id, of=request.workspace) if session_id else None
    if row is not None and row.card_id:
        said = "Automatic top-up is on." if row.is_on else "The card is saved."
        messages.success(request, said)
    return redirect("billing:credits", slug)


def _choose(request: WorkspaceRequest, amounts: dict[str, int]) -> HttpResponse:
    row = top_up.choose(workspace=request.workspace, actor=request.user, is_on=True, **amounts)
    if not row.card_id:
        return redirect(cards.ask(workspace=request.workspace, actor=request.user, turn_on=True))
    messages.success(request, "Automatic top-up is on.")
    return redirect("billing:credits", request.workspace.slug)


def _page(request: WorkspaceRequest, form: TopUpForm, *, status: int = 200) -> HttpResponse:
    row = top_up.settings_of(request.workspace)
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "card": cards.Card.of(row) if row and row.card_id else None,
        "sells": bool(settings.STRIPE_SECRET_KEY),
        "place": "team",
    }
    return render(request, "billing/top_up.html", context, status=status)
