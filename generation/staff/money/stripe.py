"""What Stripe told us, handled again where that is wished; and the comparison with all that it has."""

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.models import JobRun
from accounts.services import jobs
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from billing.models import Reconciliation, StripeEvent
from billing.services import events as stripe_events
from generation.staff import paging
from generation.staff.frame import needs
from generation.staff.money.page import page

RECONCILE = "billing.tasks.reconcile"
KEPT = 20
STATES = (("", "All"), ("waiting", "Not handled"), ("failed", "Failed"))


@needs(StaffAction.SEE_MONEY)
@require_safe
def events(request: HttpRequest) -> HttpResponseBase:
    """The newest first; what could not be handled is said."""
    asked, state = request.GET.get("q", "").strip()[:80].replace("\0", ""), request.GET.get("state", "")
    rows = StripeEvent.objects.all()
    if state in ("waiting", "failed"):
        rows = rows.filter(handled_at=None, attempts__gte=1 if state == "failed" else 0)
    if asked:
        rows = rows.filter(pk=asked) if asked.startswith("evt_") else rows.filter(object_id=asked)
    context = {
        "asked": asked,
        "state": state,
        "states": STATES,
        "found": paging.newest(request, rows, by="received_at"),
        "known": stripe_events.is_known,
    }
    return page(request, "events", context, title="Stripe events", tab="money_events")


@needs(StaffAction.MOVE_MONEY)
@require_POST
def replay(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Handle one anew: it reads the object at Stripe, and does what is not done."""
    if not StripeEvent.objects.filter(pk=pk).exists():
        raise Http404("There is no such event.")
    if stripe_events.replay(pk):
        messages.success(request, f"The event {pk} is handled.")
    else:
        error = StripeEvent.objects.values_list("last_error", flat=True).get(pk=pk)
        messages.error(request, f"{pk} could not be handled: {error[:200]}")
    return redirect("staff:money_events")


@needs(StaffAction.SEE_MONEY)
@require_safe
def reconcile(request: HttpRequest) -> HttpResponseBase:
    """The last comparisons, and what each put right."""
    rows = Reconciliation.objects.order_by("-started_at")[:KEPT]
    context = {"rows": rows, "job": JobRun.objects.filter(pk=RECONCILE).first()}
    return page(request, "reconcile", context, title="Reconcile with Stripe", tab="money_reconcile")


@needs(StaffAction.MOVE_MONEY)
@require_POST
def run_reconcile(request: HttpRequest) -> HttpResponseBase:
    """Compare now."""
    try:
        jobs.ask(RECONCILE)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:money_reconcile")
