"""The ways to Stripe's pages and back: choose a plan, change it, the portal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import stripe
import structlog
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_scopes import scope

from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services.rights import Refused
from billing.models import Paid, Purchase, Subscription
from billing.pages import words
from billing.plans import PLANS, plan_of
from billing.services import checkout, purchases, seats, subscriptions
from billing.stripe_client import NotConfigured

log = structlog.get_logger(__name__)
AWAY = "The payment service does not answer at the moment. Nothing was charged; try again in a minute."
CLOSED = "Plans cannot be bought on this site. Ask the people who run it."
View = Callable[..., HttpResponse]


def says_what_failed(view: View) -> View:
    """What Stripe or a rule has against it is said on the billing page; nothing was changed then."""

    @wraps(view)
    def answer(request: WorkspaceRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, *args, **kwargs)
        except Refused as refused:
            said = str(refused)
        except NotConfigured:
            said = CLOSED
        except stripe.CardError as error:
            said = f"{error.user_message or 'The card was declined.'} Nothing was changed."
        except stripe.StripeError as error:
            log.exception("stripe_failed", error=str(error))
            said = AWAY
        messages.error(request, said)
        return redirect("billing:overview", slug)

    return answer


@require_POST
@needs(Action.MANAGE_MONEY)
@require_fresh_login
@says_what_failed
def choose(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """To the checkout of a plan; who has one is led to changing it."""
    plan, interval = _wanted(request.POST)
    try:
        url = checkout.subscribe(workspace=request.workspace, person=request.user, plan=plan, interval=interval)
    except checkout.AlreadySubscribed:
        way = urlencode({"plan": plan, "interval": interval})
        return redirect(f"{reverse('billing:change', args=[slug])}?{way}")
    return redirect(url)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_MONEY)
@require_fresh_login
@says_what_failed
def change(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Show what another plan costs; on POST change to it."""
    plan, interval = _wanted(request.POST if request.method == "POST" else request.GET)
    row = subscriptions.live(request.workspace)
    if row is None or ((row.plan, row.interval) == (plan, interval) and not row.cancel_at):
        return redirect("billing:overview", slug)
    if request.method == "POST":
        checkout.change_plan(workspace=request.workspace, person=request.user, plan=plan, interval=interval)
        messages.success(request, f"The plan is {PLANS[plan].label} now.")
        return redirect("billing:overview", slug)
    return render(request, "billing/change.html", _change(request, row, plan, interval))


@require_POST
@needs(Action.MANAGE_MONEY)
@require_fresh_login
@says_what_failed
def portal(request: WorkspaceRequest, slug: str) -> HttpResponse:
    back = checkout.address("billing:back", request.workspace)
    return redirect(checkout.portal(workspace=request.workspace, return_url=back))


@require_safe
@needs(Action.SEE_MONEY)
@says_what_failed
def done(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Where the browser comes back from the checkout: what was paid for is given before the page is shown."""
    session_id = request.GET.get("session", "")
    ours = Purchase.objects.filter(workspace=request.workspace, session_id=session_id.replace("\0", ""))
    if not ours.exists():
        raise Http404("No such checkout.")
    purchase = purchases.settle(session_id)
    if purchase and purchase.status == Purchase.Status.PAID:
        messages.success(request, _thanks(request, purchase))
    elif purchase and purchase.failure:
        messages.error(request, purchase.failure)
    else:
        messages.info(request, "The payment is on its way. You get what you bought as soon as it has arrived.")
    return redirect("billing:overview", slug)


@require_safe
@needs(Action.SEE_MONEY)
@says_what_failed
def back(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Where the browser comes back from the portal: with a new card, what is open is paid now."""
    subscriptions.read(request.workspace)
    row = subscriptions.live(request.workspace)
    was_open = row is not None and row.status == Subscription.Status.PAST_DUE
    if said := checkout.pay_open(workspace=request.workspace):
        messages.error(request, f"The payment that is open did not go through: {said}")
    elif was_open:
        messages.success(request, "Paid. The plan goes on.")
    return redirect("billing:overview", slug)


def _thanks(request: WorkspaceRequest, purchase: Purchase) -> str:
    if purchase.kind != Purchase.Kind.PLAN:
        return "Paid. Thank you."
    with scope(workspace=request.workspace):
        plan = plan_of(request.workspace)
    return f"{request.workspace.name} is on the plan {plan.label} now. Pro is open."


def _wanted(sent: Any) -> tuple[str, str]:
    """Plan and interval. Raises BadRequest."""
    plan, interval = sent.get("plan", ""), sent.get("interval", Subscription.Interval.MONTH)
    if plan not in Paid.values or interval not in Subscription.Interval.values:
        raise BadRequest("There is no such plan.")
    return plan, interval


def _change(request: WorkspaceRequest, row: Subscription, plan: str, interval: str) -> dict[str, Any]:
    there = seats.members(request.workspace)
    return {
        "wanted": PLANS[plan],
        "interval": interval,
        "now": f"{PLANS[row.plan].label}, {words.price(PLANS[row.plan], row.interval, seats=row.seats)}",
        "then": f"{PLANS[plan].label}, {words.price(PLANS[plan], interval, seats=there)}",
        "facts": words.facts(PLANS[plan]),
        "place": "team",
    }
