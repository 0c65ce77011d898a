"""`/w/<slug>/settings/`: name, address and logo."""

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.team_forms import IdentityForm, LogoForm
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from accounts.services import identity

LOGO_SECONDS = 31_536_000


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_SETTINGS)
def general(request: WorkspaceRequest, slug: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    form = IdentityForm(request.POST)
    if form.is_valid():
        try:
            held = identity.rename(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except identity.SlugTaken:
            form.add_error("slug", "Another workspace has this address. Choose a different one.")
        else:
            messages.success(request, "Saved.")
            return redirect("accounts:settings", held.slug)
    return _page(request, form=form, status=422)


@require_POST
@needs(Action.MANAGE_SETTINGS)
def logo(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Set the logo, or take it away."""
    if "remove" in request.POST:
        identity.remove_logo(workspace=request.workspace, actor=request.user)
        return redirect("accounts:settings", slug)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            identity.set_logo(workspace=request.workspace, actor=request.user, upload=form.cleaned_data["logo"])
        except identity.BadPortrait as bad:
            form.add_error("logo", str(bad))
        else:
            messages.success(request, "Saved.")
            return redirect("accounts:settings", slug)
    return _page(request, logo_form=form, status=422)


@require_safe
@needs(Action.SEE)
def show_logo(request: WorkspaceRequest, slug: str) -> HttpResponseBase:
    """The logo itself. Its address changes with it, so it may be kept."""
    key = request.workspace.logo_key
    if not key or not default_storage.exists(key):
        raise Http404("No logo.")
    answer = FileResponse(default_storage.open(key, "rb"), content_type="image/webp")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(answer, private=True, max_age=LOGO_SECONDS, immutable=True)
    return answer


def _page(
    request: WorkspaceRequest,
    *,
    form: IdentityForm | None = None,
    logo_form: LogoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = {"name": request.workspace.name, "slug": request.workspace.slug}
    context = {"form": form or IdentityForm(initial=now), "logo_form": logo_form or LogoForm(), "place": "team"}
    return render(request, "accounts/settings.html", context, status=status)
