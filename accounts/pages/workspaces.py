"""`/workspaces/…`: the workspaces one is in, those one may join, and a new one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Workspace
from accounts.pages.team_forms import NewWorkspaceForm
from accounts.pages.typed import UserRequest
from accounts.services import invitations, joining, workspaces
from accounts.services.rights import Refused


@login_required
@require_safe
def index(request: UserRequest) -> HttpResponse:
    context = {
        "memberships": workspaces.memberships_of(request.user),
        "invitations": invitations.for_person(request.user),
        "offers": joining.offers(request.user),
    }
    return render(request, "accounts/workspaces.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: UserRequest) -> HttpResponse:
    form = NewWorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = workspaces.found_team(name=form.cleaned_data["name"], owner=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your workspace is ready. Invite the people you work with.")
            return redirect("accounts:invitations", made.slug)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/new_workspace.html", {"form": form}, status=status)


@login_required
@require_POST
def join(request: UserRequest, pk: UUID) -> HttpResponse:
    """Come in by a confirmed address of the workspace's domain; for all other workspaces the answer is 404."""
    try:
        joined = joining.join(person=request.user, id=pk)
    except Workspace.DoesNotExist as error:
        raise Http404("No such workspace.") from error
    except Refused:
        return _full(request)
    messages.success(request, f"You are a member of {joined.name} now.")
    return redirect("pages:create", joined.slug)


@login_required
@require_POST
def accept(request: UserRequest, pk: UUID) -> HttpResponse:
    """Accept an invitation that was sent to a confirmed address of one's own."""
    found = next((one for one in invitations.for_person(request.user) if one.pk == pk), None)
    try:
        joined = invitations.accept(invitation=found, person=request.user) if found else None
    except (invitations.Invalid, invitations.ForSomebodyElse):
        joined = None
    except Refused:
        return _full(request)
    if joined is None:
        raise Http404("No such invitation.")
    messages.success(request, f"You are a member of {joined.name} now.")
    return redirect("pages:create", joined.slug)


def _full(request: UserRequest) -> HttpResponse:
    messages.error(request, "There is no room in this workspace now. Ask whoever runs it to make room, then come back.")
    return redirect("accounts:workspaces")
