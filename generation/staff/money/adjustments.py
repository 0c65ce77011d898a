"""Adjustments: asked for here, and above $100 decided by a colleague."""

import uuid
from collections.abc import Callable
from typing import cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts import staff
from accounts.models import User
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from billing.ledger import LedgerError
from billing.models import Adjustment
from billing.services import adjustments
from generation.staff import paging
from generation.staff.fields import DollarsField, WorkspaceField, reason_field
from generation.staff.frame import needs
from generation.staff.money.page import page

State = Adjustment.State


class AdjustmentForm(forms.Form):
    """Adds credit to a workspace, or takes it away."""

    workspace = WorkspaceField()
    dollars = DollarsField(
        is_signed=True,
        label="Amount in dollars",
        help_text="Below zero to take it away, as in -5.00. Above $100 in a day a colleague has to approve.",
    )
    reason = reason_field()
    # Of this form as it was opened: sent twice, it moves once.
    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


@needs(StaffAction.SEE_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponseBase:
    """What waits, what was decided; on POST ask for one."""
    if request.method != "POST":
        return _page(request, AdjustmentForm(initial={"workspace": request.GET.get("workspace", "")[:80]}))
    form = AdjustmentForm(request.POST)
    if form.is_valid() and (made := _ask(request, form)):
        done = made.state == State.AT_ONCE
        messages.success(request, "The credit is put right." if done else "It waits for a colleague to approve it.")
        return redirect("staff:money_adjustments")
    return _page(request, form, status=422)


def _ask(request: HttpRequest, form: AdjustmentForm) -> Adjustment | None:
    sent = form.cleaned_data
    try:
        return adjustments.ask(
            id=sent["nonce"],
            workspace=sent["workspace"],
            micros=sent["dollars"],
            reason=sent["reason"],
            by=cast("User", request.user),
        )
    except (Refused, LedgerError) as error:
        form.add_error("dollars", str(error))
        return None


def _page(request: HttpRequest, form: forms.Form, status: int = 200) -> HttpResponseBase:
    rows = Adjustment.objects.select_related("workspace", "asked_by", "decided_by")
    open_ = rows.filter(state=State.ASKED).order_by("asked_at")[:100]
    context = {
        "form": form,
        "waiting": [(row, _may_decide(request, row)) for row in open_],
        "found": paging.newest(request, rows.exclude(state=State.ASKED), by="asked_at"),
    }
    return page(request, "adjustments", context, title="Adjustments", tab="money_adjustments", status=status)


def _may_decide(request: HttpRequest, row: Adjustment) -> bool:
    return staff.may(request.user, StaffAction.APPROVE_MONEY) and row.asked_by != request.user


@needs(StaffAction.APPROVE_MONEY)
@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Move what a colleague asked for."""
    return _decide(request, pk, adjustments.approve, "Approved: the credit is put right.")


@needs(StaffAction.APPROVE_MONEY)
@require_POST
def refuse(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Move nothing."""
    return _decide(request, pk, adjustments.refuse, "Refused: nothing was moved.")


def _decide(request: HttpRequest, pk: UUID, act: Callable[..., Adjustment], said: str) -> HttpResponseBase:
    row = Adjustment.objects.filter(pk=pk).first()
    if row is None:
        raise Http404("There is no such adjustment.")
    try:
        act(adjustment=row, by=cast("User", request.user))
    except (Refused, LedgerError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("staff:money_adjustments")
