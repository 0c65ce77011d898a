"""`/w/<slug>/members/…`: who is in the workspace, as what, and how that changes."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Membership, User
from accounts.pages.team_forms import RoleForm
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import RANKS, Action, allows
from accounts.services import matrix, members, rights
from accounts.services.rights import Refused


@require_safe
@needs(Action.SEE_MEMBERS)
def index(request: WorkspaceRequest, slug: str) -> HttpResponse:
    words = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    page = members.found(workspace=request.workspace, words=words, page=request.GET.get("page", "1"))
    context = {"page": page, "words": words, "matrix": matrix.rows(), "roles": matrix.ROLES, "place": "team"}
    return render(request, "accounts/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.SEE_MEMBERS)
def member(request: WorkspaceRequest, slug: str, person: UUID) -> HttpResponse:
    """One member; POST gives another role."""
    target = find(request, person)
    if request.method == "POST":
        return _change_role(request, target)
    return _page(request, target)


@require_POST
@needs(Action.MANAGE_MEMBERS)
def remove(request: WorkspaceRequest, slug: str, person: UUID) -> HttpResponse:
    target = find(request, person)
    try:
        members.remove(workspace=request.workspace, actor=request.user, person=target.user)
    except Refused as refused:
        return _page(request, target, trouble=str(refused))
    messages.success(request, f"{target.user.get_short_name()} is no longer in this workspace.")
    return redirect("accounts:members", slug)


@require_POST
@needs(Action.TRANSFER)
def transfer(request: WorkspaceRequest, slug: str, person: UUID) -> HttpResponse:
    """Hand the workspace over; the former owner stays as admin."""
    target = find(request, person)
    try:
        members.transfer(workspace=request.workspace, actor=request.user, person=target.user)
    except Refused as refused:
        return _page(request, target, trouble=str(refused))
    messages.success(request, f"{target.user.get_short_name()} owns this workspace now. You are an admin.")
    return redirect("accounts:members", slug)


@require_POST
@needs(Action.SEE)
def leave(request: WorkspaceRequest, slug: str) -> HttpResponse:
    try:
        members.leave(workspace=request.workspace, person=request.user)
    except Refused as refused:
        return _page(request, find(request, request.user.pk), trouble=str(refused))
    messages.success(request, f"You have left {request.workspace.name}.")
    return redirect("accounts:workspaces")


def find(request: WorkspaceRequest, person: UUID) -> Membership:
    """The member of the page's workspace. Raises Http404."""
    try:
        return rights.membership(request.workspace, User(pk=person))
    except Membership.DoesNotExist as error:
        raise Http404("No such member.") from error


def _change_role(request: WorkspaceRequest, target: Membership) -> HttpResponse:
    # Asked of the service first: a wrong role from somebody without the right is 403, not a form.
    rights.demand(request.user, Action.MANAGE_MEMBERS, request.workspace)
    form = RoleForm(request.POST, roles=RANKS)
    if not form.is_valid():
        return _page(request, target, form=form, trouble="Choose one of the roles.")
    try:
        members.change_role(
            workspace=request.workspace, actor=request.user, person=target.user, role=form.cleaned_data["role"]
        )
    except Refused as refused:
        form.add_error("role", str(refused))
        return _page(request, target, form=form, status=422)
    messages.success(request, f"{target.user.get_short_name()} has another role now.")
    return redirect("accounts:member", request.workspace.slug, target.user_id)


def _page(
    request: WorkspaceRequest,
    target: Membership,
    *,
    form: RoleForm | None = None,
    trouble: str = "",
    status: int | None = None,
) -> HttpResponse:
    manages = allows(request.membership.role, Action.MANAGE_MEMBERS) and not request.workspace.is_personal
    roles = members.assignable(actor=request.membership, target=target) if manages else []
    context = {
        "target": target,
        "form": (form or RoleForm(roles=roles, initial={"role": target.role})) if roles else None,
        "monthly": f"${(target.monthly_micros or 0) / 1_000_000:,.2f}",
        "is_self": target.user_id == request.user.pk,
        "trouble": trouble,
        "place": "team",
    }
    return render(request, "accounts/member.html", context, status=status or (422 if trouble else 200))
