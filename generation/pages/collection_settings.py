"""What a collection is like: its name, its public link, the roles in it, and its end."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership
from accounts.pages.typed import needs
from accounts.permissions import Action
from accounts.services import rights
from accounts.services.rights import Refused
from generation.models import Collection, CollectionRole
from generation.pages.collection_forms import CollectionForm, LinkForm, RoleForm, of_link
from generation.pages.collections import find, standing_of
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import collection_links, collections
from generation.services.collections import Standing


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.CREATE)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """On POST change its name, its description and who sees it."""
    found = _editable(request, pk)
    form = CollectionForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        if standing_of(request, found) < Standing.OWNER:
            # The box is not shown to editors.
            wanted["is_shared"] = found.is_shared
        collections.change(collection=found, by=request.user, **wanted)
        messages.success(request, "Saved.")
        return redirect("pages:collection", slug, found.pk)
    return _page(request, found, form=form, status=422 if form.errors else 200)


@require_POST
@needs(Action.CREATE)
def link(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Give it a public link, change it, or (`revoke`) take it away."""
    found = _owned(request, pk)
    if "revoke" in request.POST:
        collection_links.revoke(collection=found, by=request.user)
        messages.success(request, "The link does not work any more.")
        return redirect("pages:collection_settings", slug, found.pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, found, link_form=form, status=422)
    collection_links.publish(collection=found, by=request.user, **form.wishes())
    messages.success(request, "Whoever has the link sees the pictures now.")
    return redirect("pages:collection_settings", slug, found.pk)


@require_POST
@needs(Action.CREATE)
def role(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Make a member viewer or editor of it, or nothing."""
    found, form = _owned(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        raise BadRequest("`person` and `role` must be somebody of the workspace, and viewer, editor or nothing.")
    try:
        person = rights.membership(request.workspace, form.cleaned_data["person"]).user
        collections.give_role(collection=found, person=person, role=form.cleaned_data["role"], by=request.user)
    except Membership.DoesNotExist as error:
        raise Http404("No such member.") from error
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(reverse("pages:collection_settings", args=[slug, found.pk]) + "#people")


@require_POST
@needs(Action.CREATE)
def delete(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    found = _owned(request, pk)
    collections.delete(collection=found, by=request.user)
    messages.success(request, f"{found.name} is deleted. Its pictures are in the gallery.")
    return redirect("pages:collections", slug)


def _editable(request: PageRequest, pk: UUID) -> Collection:
    found = find(request, pk)
    collections.demand(found, request.user, Standing.EDITOR)
    return found


def _owned(request: PageRequest, pk: UUID) -> Collection:
    found = find(request, pk)
    collections.demand(found, request.user, Standing.OWNER)
    return found


def _initial(found: Collection) -> dict[str, Any]:
    return {"name": found.name, "description": found.description, "is_shared": found.is_shared}


def _page(request: PageRequest, found: Collection, *, status: int = 200, **given: Any) -> HttpResponse:
    token = collection_links.token(found)
    context = {
        "collection": found,
        "is_owner": standing_of(request, found) == Standing.OWNER,
        "form": CollectionForm(initial=_initial(found)),
        "link_form": of_link(found),
        "link": settings.BASE_URL + reverse("pages:public_collection", args=[token]) if token else "",
        "people": _people(request, found),
    }
    return studio(request, "collections/settings.html", context | given, place="collections", status=status)


def _people(request: PageRequest, found: Collection) -> list[dict[str, Any]]:
    """The other members, each with their role in the collection."""
    given = {one.person_id: one.role for one in collections.roles(found)}
    rows = Membership.objects.filter(workspace=request.workspace).exclude(user=found.owner_id)
    people = [row.user for row in rows.select_related("user").order_by("created_at")[:200]]
    choices = [("", "No role"), *CollectionRole.Role.choices]
    return [{"person": person, "role": given.get(person.pk, ""), "choices": choices} for person in people]
