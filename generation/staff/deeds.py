"""What staff do from a page: a button that opens a form, a service that does it, a sentence that says so.

Each deed has an address of its own and the right that the permission table names; its service writes the audit entry.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts import staff
from accounts.models import User
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from billing.ledger import LedgerError
from generation.staff.frame import needs


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Say why, in a few words."},
    )


@dataclass(frozen=True)
class Deed:
    """`do(subject, by, values, request)` returns what is said afterwards; `shows` says where the button is of use."""

    name: str
    label: str
    action: StaffAction
    do: Callable[[Any, User, dict[str, Any], HttpRequest], str]
    form: Callable[..., forms.Form] = ReasonForm
    shows: Callable[[Any], bool] = lambda _: True
    words: str = ""
    is_danger: bool = False
    to: str = ""  # where it leads, in place of the page it was done on


@dataclass(frozen=True)
class Offer:
    """A deed on a page, with its form; open where that came back with errors."""

    deed: Deed
    form: forms.Form
    url: str
    is_open: bool


Page = Callable[..., HttpResponseBase]
Bad = tuple[Deed, forms.Form] | None


def offers(request: HttpRequest, subject: models.Model, deeds: Sequence[Deed], at: str, bad: Bad) -> list[Offer]:
    """What the reader may do here and now."""
    return list(_offers(request, subject, deeds, at, bad))


def _offers(request: HttpRequest, subject: models.Model, deeds: Sequence[Deed], at: str, bad: Bad) -> Iterator[Offer]:
    for deed in deeds:
        is_bad = bad is not None and bad[0] is deed
        if staff.may(request.user, deed.action) and (is_bad or deed.shows(subject)):
            form = bad[1] if bad and is_bad else deed.form(auto_id=f"{deed.name}_%s")
            yield Offer(deed, form, f"{at}/{deed.name}", is_bad)


def paths(
    deeds: Sequence[Deed], place: str, *, find: Callable[[UUID], models.Model | None], page: Page
) -> list[URLPattern]:
    """The addresses of a page's deeds: `place/<uuid:pk>/<deed>`."""
    return [
        path(f"{place}/<uuid:pk>/{deed.name}", _view(deed, find, page), name=f"{place}_{deed.name}") for deed in deeds
    ]


def _view(deed: Deed, find: Callable[[UUID], models.Model | None], page: Page) -> Any:
    @require_POST
    def act(request: HttpRequest, pk: UUID) -> HttpResponseBase:
        subject = find(pk)
        if subject is None:
            raise Http404("There is no such thing.")
        form = deed.form(request.POST, auto_id=f"{deed.name}_%s")
        if form.is_valid() and (said := _do(deed, subject, form, request)) is not None:
            if said:
                messages.success(request, said)
            return redirect(deed.to or request.path.rpartition("/")[0])
        return page(request, pk, bad=(deed, form))

    return needs(deed.action)(act)


def _do(deed: Deed, subject: models.Model, form: forms.Form, request: HttpRequest) -> str | None:
    """What is said; None, and an error in the form, where the service refuses."""
    try:
        return deed.do(subject, cast("User", request.user), form.cleaned_data, request)
    except ValidationError as error:
        told = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for field, sentences in told.items():
            form.add_error(field if field in form.fields else None, " ".join(sentences))
    except (Refused, LedgerError, ValueError) as error:
        form.add_error(None, str(error))
    return None
