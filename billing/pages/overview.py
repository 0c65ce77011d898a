"""`/w/<slug>/billing/`: the plan, what is next, what is open, and the invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe
import structlog
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Workspace
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from billing.models import PlanGrant
from billing.pages import credits, words
from billing.plans import PLANS, Plan, plan_of
from billing.services import dunning, seats, subscriptions
from billing.stripe_client import NotConfigured, micros

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bill:
    """An invoice as it is listed."""

    number: str
    made_at: datetime | None
    amount: str
    state: str
    is_open: bool
    pdf: str
    page: str


@require_safe
@needs(Action.SEE_MONEY)
def show(request: WorkspaceRequest, slug: str) -> HttpResponse:
    return render(request, "billing/overview.html", _context(request.workspace))


def _context(workspace: Workspace) -> dict[str, Any]:
    row, plan = subscriptions.live(workspace), plan_of(workspace)
    bills = _bills(workspace)
    return {
        "plan": plan,
        "subscription": row,
        "bought": PLANS[row.plan] if row else None,
        "price": words.price(PLANS[row.plan], row.interval, seats=row.seats) if row else "",
        "facts": words.facts(plan),
        "members": seats.members(workspace),
        "granted": None if row else _granted(workspace, plan),
        "credit": credits.summary(workspace),
        "arrears": dunning.arrears(workspace),
        "bills": bills,
        "bills_away": bills is None,
    }


def _granted(workspace: Workspace, plan: Plan) -> PlanGrant | None:
    """The gift that the plan comes from."""
    return PlanGrant.objects.filter(workspace=workspace, plan=plan.name).order_by("-ends_at").first()


def _bills(workspace: Workspace) -> Sequence[Bill] | None:
    """None when Stripe does not answer: the page is of use all the same."""
    try:
        return [_bill(one) for one in subscriptions.invoices(workspace) if one.status != "draft"]
    except (NotConfigured, stripe.StripeError) as error:
        log.warning("invoices_not_read", workspace=str(workspace.pk), error=str(error))
        return None


def _bill(invoice: stripe.Invoice) -> Bill:
    return Bill(
        number=invoice.number or invoice.id,
        made_at=subscriptions.moment(invoice.created),
        amount=words.dollars(micros(invoice.total)),
        state=words.INVOICE.get(invoice.status or "", invoice.status or ""),
        is_open=invoice.status == "open",
        pdf=invoice.invoice_pdf or "",
        page=invoice.hosted_invoice_url or "",
    )
