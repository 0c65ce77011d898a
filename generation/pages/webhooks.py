"""The workspace's webhooks: where they lead, what they are told, and how that went."""

import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from generation.models import Delivery, Hook
from generation.models.hooks import TEST, Event
from generation.pages import webhook_forms
from generation.services import happenings, hooks

SHOWN = 50
SOON = timedelta(seconds=90)
Status = Delivery.Status


@dataclass(frozen=True)
class Row:
    """A delivery as the list shows it."""

    delivery: Delivery
    is_held: bool

    @property
    def words(self) -> str:
        """How it stands."""
        one = self.delivery
        if one.status == Status.DELIVERED:
            return "Delivered"
        if one.status == Status.FAILED:
            return "Failed" if one.type == TEST else "Given up"
        if self.is_held:
            return "Waits until the webhook is on"
        return "Is tried again" if one.milliseconds is not None else "On its way"

    @property
    def is_moving(self) -> bool:
        """Something becomes of it in a moment."""
        at = self.delivery.next_try_at
        is_soon = at is not None and abs(at - timezone.now()) < SOON
        return self.delivery.status == Status.WAITING and not self.is_held and is_soon

    @property
    def style(self) -> str:
        if self.delivery.status == Status.DELIVERED:
            return "is-good"
        return "is-bad" if self.delivery.status == Status.FAILED else "is-open"

    @property
    def payload(self) -> str:
        """What was written down of it; addresses of pictures are added as it is sent."""
        return json.dumps(self.delivery.payload, indent=2, ensure_ascii=False)

    @property
    def answer(self) -> str:
        """What came back, in a few words."""
        if self.delivery.response_status is not None:
            return str(self.delivery.response_status)
        return "no answer" if self.delivery.attempts and self.delivery.milliseconds is not None else ""


@require_safe
@needs(Action.MANAGE_KEYS)
def index(request: WorkspaceRequest, slug: str) -> HttpResponse:
    return render(request, "webhooks/list.html", {"hooks": list(hooks.of(request.workspace)), "most": hooks.MOST})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_KEYS)
@require_fresh_login
def new(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """Ask where it leads; then show its secret, once."""
    form = webhook_forms.WebhookForm(request.POST or None, initial=webhook_forms.usual())
    if request.method == "POST" and form.is_valid():
        try:
            made = hooks.create(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        except hooks.Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _shown(request, *made)
    return _form(request, "webhooks/new.html", form)


@require_safe
@needs(Action.MANAGE_KEYS)
def show(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """What it was told, and how that went."""
    hook = _find(request, pk)
    found = list(hooks.deliveries(hook)[: SHOWN + 1])
    rows = [Row(one, is_held=not hook.is_on and one.type != TEST) for one in found[:SHOWN]]
    context = {
        "hook": hook,
        "rows": rows,
        "shown": SHOWN if len(found) > SHOWN else 0,
        # Sent in a moment: the list looks again by itself.
        "is_moving": any(row.is_moving for row in rows),
        "is_readable": hooks.is_readable(hook),
        "events": [Event(name).label for name in hook.events],
    }
    return render(request, "webhooks/deliveries.html" if request.htmx else "webhooks/show.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_KEYS)
@require_fresh_login
def edit(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Change where it leads and what it is told."""
    hook = _find(request, pk)
    form = webhook_forms.WebhookForm(request.POST or None, initial=webhook_forms.of(hook))
    if request.method == "POST" and form.is_valid():
        try:
            hooks.change(hook=hook, actor=request.user, **form.cleaned_data)
        except hooks.Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _done(request, hook, "The webhook is changed.")
    return _form(request, "webhooks/edit.html", form, hook)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_KEYS)
@require_fresh_login
def rotate(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask what becomes of the old secret; then show the new one, once."""
    hook = _find(request, pk)
    form = webhook_forms.RotateForm(request.POST or None, initial={"overlap": 24})
    if request.method == "POST" and form.is_valid():
        hours = form.cleaned_data["overlap"]
        return _shown(request, *hooks.rotate(hook=hook, actor=request.user, overlap_hours=hours))
    return _form(request, "webhooks/rotate.html", form, hook)


@require_POST
@needs(Action.MANAGE_KEYS)
def switch(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """On or off, as the form says: a second click does not turn it back."""
    hook, is_on = _find(request, pk), request.POST.get("on") == "1"
    hooks.switch(hook=hook, actor=request.user, is_on=is_on)
    return _done(request, hook, f"The webhook is {'on' if is_on else 'off'}.")


@require_POST
@needs(Action.MANAGE_KEYS)
def test(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    hook = _find(request, pk)
    happenings.test(hook=hook, actor=request.user)
    return _done(request, hook, "A test event is on its way.")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.MANAGE_KEYS)
def delete(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask once more, then delete it."""
    hook = _find(request, pk)
    if request.method == "POST":
        hooks.delete(hook=hook, actor=request.user)
        messages.success(request, "The webhook is deleted.")
        return redirect("pages:webhooks", request.workspace.slug)
    return render(request, "webhooks/delete.html", {"hook": hook})


@require_POST
@needs(Action.MANAGE_KEYS)
def replay(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Send a delivery once more."""
    rows = Delivery.objects.select_related("workspace", "hook", "generation")
    found = rows.filter(workspace=request.workspace, pk=pk).first()
    if found is None:
        raise Http404("No such delivery.")
    happenings.replay(delivery=found, actor=request.user)
    return _done(request, found.hook, "The event is sent once more.")


def _find(request: WorkspaceRequest, pk: UUID) -> Hook:
    found = hooks.of(request.workspace).select_related("workspace").filter(pk=pk).first()
    if found is None:
        raise Http404("No such webhook.")
    return found


def _form(request: WorkspaceRequest, template: str, form: Form, hook: Hook | None = None) -> HttpResponse:
    return render(request, template, {"form": form, "hook": hook}, status=422 if form.errors else 200)


def _done(request: WorkspaceRequest, hook: Hook, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("pages:webhook", request.workspace.slug, hook.pk)


def _shown(request: WorkspaceRequest, hook: Hook, secret: str) -> HttpResponse:
    """The secret in full, for once; so this page is kept nowhere either."""
    response = render(request, "webhooks/shown.html", {"hook": hook, "raw": secret})
    response.headers["Cache-Control"] = "no-store"
    return response
