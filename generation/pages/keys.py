"""The workspace's API keys: one's own, and everybody's for those who look after them."""

import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import ApiKey
from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action, allows
from accounts.scopes import Scope
from accounts.services import api_keys
from billing.services import welcome
from generation.pages import key_forms, words
from generation.pages.prompts import STARTERS
from generation.services import spending

ENDED_SHOWN = 20
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """A key as the list shows it."""

    key: ApiKey
    spent_micros: int
    is_mine: bool
    is_usable: bool

    @property
    def spent(self) -> str:
        cap = self.key.monthly_cap_micros
        return words.cents(self.spent_micros) + (f" of {words.cents(cap)}" if cap is not None else "")

    @property
    def is_spent(self) -> bool:
        """No further picture fits under its cap."""
        cap = self.key.monthly_cap_micros
        return cap is not None and self.spent_micros >= cap

    @property
    def ends_soon(self) -> bool:
        return self.key.expires_at is not None and self.key.expires_at - timezone.now() < SOON

    @property
    def old_secret_until(self) -> object:
        until = self.key.previous_until
        return until if until and until > timezone.now() else None


@require_safe
@needs(Action.USE_KEYS)
def keys(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """The keys that work, and below them the last ones that ended."""
    maker = None if _manages(request) else request.user
    live = list(api_keys.live(workspace=request.workspace, maker=maker))
    spent, unusable = spending.this_month(live), api_keys.unusable(live)
    rows = [
        Row(key, spent[key.pk], is_mine=key.created_by_id == request.user.pk, is_usable=key.pk not in unusable)
        for key in live
    ]
    ended = api_keys.ended(workspace=request.workspace, maker=maker)[:ENDED_SHOWN]
    gift = welcome.state(workspace=request.workspace, person=request.user)
    context = {"rows": rows, "ended": ended, "everybody": maker is None, "welcome": gift.value}
    return render(request, "keys/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.USE_KEYS)
@require_fresh_login
def new(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Ask what the key is for; then show it, once."""
    form = key_forms.NewKeyForm(request.POST or None, initial=key_forms.usual())
    if request.method == "POST" and form.is_valid():
        name, limits = form.cleaned_data["name"], form.limits()
        try:
            made, raw = api_keys.create(workspace=request.workspace, created_by=request.user, name=name, **limits)
        except api_keys.TooMany as refusal:
            form.add_error(None, str(refusal))
        else:
            return _shown(request, made, raw)
    return _form(request, "keys/new.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.USE_KEYS)
@require_fresh_login
def rotate(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask what becomes of the old secret; then show the new one, once. The key acts for its maker: nobody else may."""
    found = _find(request, pk)
    if found.created_by_id != request.user.pk:
        raise PermissionDenied("Only who made a key is shown a new secret for it.")
    form = key_forms.RotateForm(request.POST or None, initial={"overlap": 24})
    if request.method == "POST" and form.is_valid():
        try:
            return _shown(request, *api_keys.rotate(api_key=found, overlap_hours=form.cleaned_data["overlap"]))
        except api_keys.Refused as refusal:
            form.add_error(None, str(refusal))
    return _form(request, "keys/rotate.html", form, found)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_KEYS)
def limits(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Change what a key may do."""
    found = _find(request, pk)
    form = key_forms.LimitsForm(request.POST or None, initial=key_forms.limits_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            api_keys.limit(api_key=found, **form.limits())
        except api_keys.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _done(request, f"The limits of {found.name} are changed.")
    return _form(request, "keys/limits.html", form, found)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.USE_KEYS)
def revoke(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask once more, then end the key."""
    found = _find(request, pk)
    if request.method == "POST":
        api_keys.revoke(api_key=found)
        return _done(request, f"{found.name} is revoked.")
    return render(request, "keys/revoke.html", {"key": found})


def _manages(request: WorkspaceRequest) -> bool:
    return allows(request.membership.role, Action.MANAGE_KEYS)


def _find(request: WorkspaceRequest, pk: UUID) -> ApiKey:
    """One of the reader's keys, or of anybody's for who manages them; keys of others are not there for the rest."""
    found = ApiKey.objects.filter(workspace=request.workspace, pk=pk).select_related("created_by").first()
    if found is None or not (_manages(request) or found.created_by_id == request.user.pk):
        raise Http404("No such key.")
    return found


def _form(request: WorkspaceRequest, template: str, form: Form, key: ApiKey | None = None) -> HttpResponse:
    return render(request, template, {"form": form, "key": key}, status=422 if form.errors else 200)


def _done(request: WorkspaceRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("pages:keys", request.workspace.slug)


def _shown(request: WorkspaceRequest, key: ApiKey, raw: str) -> HttpResponse:
    """The key in full. Nothing keeps it, so this page is kept nowhere either."""
    response = render(request, "keys/shown.html", {"key": key, "raw": raw, "example": _example(key, raw)})
    response.headers["Cache-Control"] = "no-store"
    return response


def _example(key: ApiKey, raw: str) -> str:
    """A command line that works with this key."""
    bearer = f'-H "Authorization: Bearer {raw}"'
    if Scope.IMAGES_WRITE not in key.scopes:
        route = "api-models" if Scope.MODELS_READ in key.scopes else "api-usage"
        return f"curl {settings.BASE_URL}{reverse(route)} \\\n  {bearer}"
    body = json.dumps({"prompt": STARTERS[0], "size": "512x512"})
    lines = [f"curl {settings.BASE_URL}{reverse('api-image-generations')}", bearer]
    return " \\\n  ".join([*lines, '-H "Content-Type: application/json"', f"-d '{body}'"])
