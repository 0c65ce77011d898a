"""Everything about oneself: take it along, or have it deleted."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Export, User
from accounts.pages import downloads
from accounts.pages.fresh import require_fresh_login
from accounts.pages.typed import UserRequest
from accounts.services import audit, deletion, exports, helping


class Typed(forms.Form):
    """Deletion asks for the name of what is deleted: nobody types that by accident."""

    name = forms.CharField(max_length=254, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, name: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = name
        self.fields["name"].label = label
        self.fields["name"].error_messages["required"] = f"Type {name} here."

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed.casefold() != self.expected.casefold():
            raise forms.ValidationError(f"This is not {self.expected}. Nothing was deleted.")
        return typed


@vary_on_headers("HX-Request")
@login_required
@require_safe
def show(request: UserRequest) -> HttpResponse:
    """Scripts that follow an export get that part alone."""
    context = _context(request.user)
    if request.htmx:
        return render(request, "accounts/parts/export.html", context)
    held = deletion.owned_alone(request.user)
    return render(request, "accounts/data.html", context | {"held": held, "grace": deletion.GRACE.days})


@login_required
@require_POST
def export(request: UserRequest) -> HttpResponse:
    exports.ask(person=request.user)
    return redirect("accounts:data")


@login_required
@require_POST
def support(request: UserRequest) -> HttpResponse:
    """Whether staff who help may see what is private."""
    is_on = request.POST.get("on") == "1"
    helping.consent(person=request.user, is_on=is_on)
    messages.success(request, "Staff may look, for a week." if is_on else "Staff see nothing that is private.")
    return redirect("accounts:data")


@login_required
@require_safe
def download(request: UserRequest, pk: UUID) -> HttpResponseBase:
    """For the person who asked, and nobody else."""
    try:
        found = exports.fetch(person=request.user, id=pk)
    except Export.DoesNotExist as error:
        raise Http404("No such export, or no longer.") from error
    if request.method == "GET":
        audit.record("export.downloaded", workspace=None, target=request.user)
    return downloads.send(found, name="account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@require_fresh_login
def delete(request: UserRequest) -> HttpResponse:
    """The one place where an account's deletion is asked for."""
    if request.user.is_leaving:
        return redirect("accounts:data")
    person = request.user
    form = Typed(request.POST or None, name=person.email, label="Your e-mail address")
    held = deletion.owned_alone(person)
    if request.method == "POST" and form.is_valid() and not held:
        try:
            deletion.ask_for_person(person=person)
            return redirect("accounts:data")
        except deletion.Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "held": held, "grace": deletion.GRACE.days}
    return render(request, "accounts/delete_account.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def keep(request: UserRequest) -> HttpResponse:
    if deletion.cancel_for_person(person=request.user):
        messages.success(request, "Your account stays.")
    return redirect("accounts:data")


def _context(person: User) -> dict[str, Any]:
    made = exports.newest(person=person)
    url = reverse("accounts:download", args=[made.pk]) if made else ""
    until = person.support_until
    return {
        "export": made,
        "export_url": url,
        "state_url": reverse("accounts:data"),
        "kept": exports.KEPT.days,
        "support_until": until if until and until > timezone.now() else None,
    }
