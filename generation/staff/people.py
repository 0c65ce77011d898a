"""The page of a person, and what staff do for them."""

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import looking
from accounts.models import Membership, Note, User
from accounts.services import audit, helping, staffing, trail
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from generation.models import Generation
from generation.staff.deeds import Bad, Deed, offers
from generation.staff.frame import needs, panel
from generation.staff.lines import entry

LINES = 15


class NoteForm(forms.Form):
    text = forms.CharField(label="Note", max_length=2000, widget=forms.Textarea({"rows": 3}))


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        required=False,
        choices=[("", "None: not of the staff"), *User.StaffRole.choices, (staffing.SUPERUSER, "Superuser")],
    )


def _verify(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    helping.verify(person=person, reason=values["reason"], by=by)
    return "The address counts as proved."


def _lock(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    helping.lock(person=person, reason=values["reason"], by=by)
    return "The account is locked, and its owner is told by mail."


def _unlock(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    helping.unlock(person=person, reason=values["reason"], by=by)
    return "The account is open again, and its owner is told by mail."


def _reset(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    helping.reset_second_step(person=person, reason=values["reason"], by=by)
    return "The second step is gone, and the account's owner is told by mail."


def _end_sessions(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    ended = helping.end_sessions(person=person, reason=values["reason"], by=by)
    return f"{ended} {'session is' if ended == 1 else 'sessions are'} over."


def write_note(subject: Any, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    helping.note(about=subject, text=values["text"], by=by)
    return "Noted."


def _appoint(person: User, by: User, values: dict[str, Any], _: HttpRequest) -> str:
    staffing.appoint(person=person, role=values["role"], by=by)
    return "The role is set."


def _look(person: User, by: User, values: dict[str, Any], request: HttpRequest) -> str:
    if person.is_staff or not person.is_active:
        raise Refused("Nobody looks at the studio as a colleague, or as somebody whose account is locked.")
    request.session[looking.KEY] = str(person.pk)
    audit.record("staff.look_began", workspace=None, target=person, about=str(person.pk), reason=values["reason"])
    return ""


_A = StaffAction
NOTE = Deed("note", "Write a note", _A.HELP_PEOPLE, write_note, NoteForm)
DEEDS = (
    NOTE,
    Deed("verify", "Take the address for proved", _A.HELP_PEOPLE, _verify, shows=lambda p: not p.has_proved(p.email),
         words="Only where you know otherwise that it is theirs."),
    Deed("look", "Look at the studio as them", _A.IMPERSONATE, _look, to="staff:looking",
         shows=lambda p: p.is_active and not p.is_staff,
         words="You see what they see and change nothing. They read in their activity which pages you opened."),
    Deed("end_sessions", "Log them out everywhere", _A.HELP_PEOPLE, _end_sessions),
    Deed("reset", "Remove the second step", _A.HELP_PEOPLE, _reset, is_danger=True,
         words="The password alone logs in then. Be sure that it is them who ask.",
         shows=lambda p: Authenticator.objects.filter(user=p).exists()),
    Deed("lock", "Lock the account", _A.HELP_PEOPLE, _lock, is_danger=True, shows=lambda p: p.is_active,
         words="They are logged out, their keys open nothing, and they read the reason in a mail."),
    Deed("unlock", "Unlock the account", _A.HELP_PEOPLE, _unlock,
         shows=lambda p: not p.is_active and not p.deleted_at),
    Deed("role", "Set the role on the staff", _A.MANAGE_STAFF, _appoint, RoleForm, is_danger=True),
)  # fmt: skip


def find(pk: UUID) -> User | None:
    return User.objects.filter(pk=pk).first()


@needs(StaffAction.SEE_PEOPLE)
@require_safe
def show(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return page(request, pk)


def page(request: HttpRequest, pk: UUID, *, bad: Bad = None) -> HttpResponseBase:
    """With the form that came back with errors, if one did."""
    person = find(pk)
    if person is None:
        raise Http404("There is no such person.")
    memberships = Membership.objects.filter(user=person).select_related("workspace").order_by("created_at")
    asked = Generation.objects.filter(requested_by=person).select_related("workspace").order_by("-created_at")
    context = {
        "person": person,
        "role": person.get_staff_role_display() or ("Superuser" if person.is_superuser else ""),
        "addresses": EmailAddress.objects.filter(user=person).order_by("-primary", "email"),
        "steps": Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES),
        "sessions": UserSession.objects.filter(user=person).order_by("-last_seen_at")[:5],
        "memberships": memberships[:LINES],
        "generations": asked[:LINES],
        "entries": [entry(row) for row in trail.of_person(person=person, limit=LINES)],
        "notes": Note.objects.filter(person=person).select_related("author").order_by("-created_at")[:LINES],
        "offers": offers(request, person, DEEDS, reverse("staff:person", args=[pk]), bad),
        "place": "people",
    }
    return panel(request, "staff/person.html", context, title=person.email, status=422 if bad else 200)
