"""Everything of a workspace, for its owners: take it along, or have it deleted."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Export
from accounts.pages import downloads
from accounts.pages.data import Typed
from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services import audit, deletion, exports


@vary_on_headers("HX-Request")
@require_safe
@needs(Action.EXPORT)
def show(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Scripts that follow an export get that part alone."""
    context = _context(request)
    if request.htmx:
        return render(request, "accounts/parts/export.html", context)
    return render(request, "accounts/workspace_data.html", context | {"grace": deletion.GRACE.days})


@require_POST
@needs(Action.EXPORT)
def export(request: WorkspaceRequest, slug: str) -> HttpResponse:
    exports.ask(person=request.user, workspace=request.workspace)
    return redirect("accounts:workspace_data", slug=slug)


@require_safe
@needs(Action.EXPORT)
def download(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """For the member who asked, as long as they may, and nobody else."""
    try:
        found = exports.fetch(person=request.user, workspace=request.workspace, id=pk)
    except Export.DoesNotExist as error:
        raise Http404("No such export, or no longer.") from error
    if request.method == "GET":
        audit.record("export.downloaded", workspace=request.workspace, target=request.workspace)
    return downloads.send(found, name=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.DELETE)
@require_fresh_login
def delete(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """The one place where a workspace's deletion is asked for."""
    workspace = request.workspace
    if workspace.is_leaving or workspace.is_personal:
        return redirect("accounts:workspace_data", slug=slug)
    form = Typed(request.POST or None, name=workspace.name, label="Name of the workspace")
    if request.method == "POST" and form.is_valid():
        try:
            deletion.ask_for_workspace(workspace=workspace, actor=request.user)
            return redirect("accounts:workspace_data", slug=slug)
        except deletion.Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "grace": deletion.GRACE.days}
    return render(request, "accounts/delete_workspace.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Action.DELETE)
def keep(request: WorkspaceRequest, slug: str) -> HttpResponse:
    if deletion.cancel_for_workspace(workspace=request.workspace, actor=request.user):
        messages.success(request, "The workspace stays.")
    return redirect("accounts:workspace_data", slug=slug)


def _context(request: WorkspaceRequest) -> dict[str, Any]:
    slug = request.workspace.slug
    made = exports.newest(person=request.user, workspace=request.workspace)
    return {
        "export": made,
        "export_url": reverse("accounts:workspace_download", args=[slug, made.pk]) if made else "",
        "state_url": reverse("accounts:workspace_data", args=[slug]),
        "kept": exports.KEPT.days,
    }
