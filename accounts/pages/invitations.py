"""`/w/<slug>/invitations/…`: invite by mail or link, see what is open, revoke, and open the door to a domain."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Invitation
from accounts.pages.team_forms import DomainForm, LinkForm, MailForm
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action, Role
from accounts.services import invitations, joining
from accounts.services.rights import Refused


@require_safe
@needs(Action.INVITE)
def index(request: WorkspaceRequest, slug: str) -> HttpResponse:
    return _page(request)


@require_POST
@needs(Action.INVITE)
def by_mail(request: WorkspaceRequest, slug: str) -> HttpResponse:
    form = MailForm(request.POST, roles=_roles(request))
    if not form.is_valid():
        return _page(request, mail_form=form, status=422)
    try:
        made = invitations.by_mail(workspace=request.workspace, actor=request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error("email", str(refused))
        return _page(request, mail_form=form, status=422)
    messages.success(request, f"The invitation is on its way to {made.email}.")
    return redirect("accounts:invitations", slug)


@require_POST
@needs(Action.INVITE)
def by_link(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Make a link and show it: this answer is the only one that has it."""
    form = LinkForm(request.POST, roles=_roles(request))
    if not form.is_valid():
        return _page(request, link_form=form, status=422)
    try:
        _, token = invitations.by_link(workspace=request.workspace, actor=request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, link_form=form, status=422)
    answer = _page(request, link=settings.BASE_URL + reverse("accounts:invite", args=[token]), status=201)
    add_never_cache_headers(answer)
    return answer


@require_POST
@needs(Action.INVITE)
def revoke(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    try:
        invitations.revoke(workspace=request.workspace, actor=request.user, id=pk)
    except Invitation.DoesNotExist as error:
        raise Http404("No such invitation.") from error
    messages.success(request, "The invitation does not work any more.")
    return redirect("accounts:invitations", slug)


@require_POST
@needs(Action.INVITE)
def domain(request: WorkspaceRequest, slug: str) -> HttpResponse:
    form = DomainForm(request.POST)
    if not form.is_valid():
        return _page(request, domain_form=form, status=422)
    try:
        held = joining.allow(workspace=request.workspace, actor=request.user, domain=form.cleaned_data["domain"])
    except Refused as refused:
        form.add_error("domain", str(refused))
        return _page(request, domain_form=form, status=422)
    words = f"People at {held.join_domain} may join now." if held.join_domain else "Nobody joins by domain any more."
    messages.success(request, words)
    return redirect("accounts:invitations", slug)


def _roles(request: WorkspaceRequest) -> list[Role]:
    return invitations.offered(request.membership.role)


def _page(request: WorkspaceRequest, *, status: int = 200, **given: Any) -> HttpResponse:
    roles, rows = _roles(request), invitations.open_ones(workspace=request.workspace)
    holding = invitations.holding(rows)
    usual = {"role": Role.MEMBER}
    context = {
        "mail_form": MailForm(roles=roles, initial=usual),
        "link_form": LinkForm(roles=roles, initial=usual, auto_id="id_link_%s"),
        "domain_form": DomainForm(initial={"domain": request.workspace.join_domain}),
        "open": [(one, one.pk in holding) for one in rows],
        "place": "team",
    }
    return render(request, "accounts/invitations.html", context | given, status=status)
