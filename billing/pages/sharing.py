"""`/w/<slug>/settings/sharing`: whether what the workspace makes is shared, and the credit that it gets for it."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services.rights import Refused
from billing import amounts
from billing.pages.credit_forms import ShareForm, WithdrawForm
from billing.prices import SHARING_MICROS
from billing.services import sharing


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_SETTINGS)
def show(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """The conditions; on POST share from now on."""
    if request.method != "POST":
        return _page(request)
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            sharing.start(workspace=request.workspace, actor=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Data sharing is on, and the credit of this month is here.")
            return redirect("billing:sharing", slug)
    return _page(request, form=form, status=422)


@require_POST
@needs(Action.MANAGE_SETTINGS)
def stop(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Share nothing new."""
    if sharing.stop(workspace=request.workspace, actor=request.user):
        messages.success(request, "Data sharing is off. Nothing that is made from now on is shared.")
    return redirect("billing:sharing", slug)


@require_POST
@needs(Action.MANAGE_SETTINGS)
def withdraw(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Take back all that was shared."""
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, withdraw_form=form, status=422)
    sharing.withdraw(workspace=request.workspace, actor=request.user)
    messages.success(request, "Everything that was shared is taken back, and data sharing is off.")
    return redirect("billing:sharing", slug)


def _page(
    request: WorkspaceRequest, *, form: Form | None = None, withdraw_form: Form | None = None, status: int = 200
) -> HttpResponse:
    standing = sharing.standing(workspace=request.workspace)
    context = {
        "standing": standing,
        "spent": amounts.dollars(standing.spent_micros),
        "least": amounts.dollars(sharing.SPENT_BEFORE_MICROS),
        "monthly": amounts.dollars(SHARING_MICROS),
        "form": form or ShareForm(),
        "withdraw_form": withdraw_form or WithdrawForm(),
        "place": "team",
    }
    return render(request, "billing/sharing.html", context, status=status)
