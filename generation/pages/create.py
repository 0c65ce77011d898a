"""The create page: the composer, and the generations that grow above it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import starmap
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import demand, needs
from accounts.permissions import Action, allows
from billing.plans import plan_of
from billing.services import sharing as data_sharing
from generation import storage
from generation.models import Feed, Generation, Picture
from generation.pages import day, explore, forms, words
from generation.pages.cards import FEED_NEWEST, Card, FeedCard, card
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import browse, feeds, sharing
from generation.services import cancel as cancelling

SHOWN = 12


@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: PageRequest, slug: str) -> HttpResponseBase:
    """Show the composer to those who may use it; on POST make a generation of what it sent, or open a feed."""
    if request.method == "POST":
        demand(request, Action.CREATE)
        return _submit(request, forms.ComposerForm(request.POST, request.FILES))
    return _page(request)


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def open_feed(request: PageRequest, slug: str) -> HttpResponseBase:
    """As `create`, in the mode that opens feeds."""
    sent = request.POST.copy()
    sent["mode"] = feeds.MODE
    return _submit(request, forms.ComposerForm(sent, request.FILES))


@vary_on_headers("HX-Request")
@require_GET
@needs(Action.SEE)
def generation(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """One generation as it stands, for a script; a person is shown it on the create page."""
    found = find(request, pk)
    return _fragment(request, found) if request.htmx else _at(request, found)


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def cancel(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Stop drawing; what is finished stays. Who moderates also stops what they do not see."""
    found = cancelling.stop(generation=_find_to_stop(request, pk), actor=request.user)
    return HttpResponse(status=204) if request.htmx else _at(request, found)


@require_POST
@needs(Action.SEE)
def share(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Show the generation to the workspace, or (`share=private`) to its maker alone; then back to its picture."""
    found, wanted = find(request, pk), forms.SHARES.get(request.POST.get("share", ""))
    if wanted is None:
        raise BadRequest(f"`share` must be one of: {', '.join(forms.SHARES)}.")
    row, shown = sharing.share(generation=found, by=request.user, is_shared=wanted), request.POST.get("picture", "")
    picture = next((one for one in found.pictures.all() if str(one.pk) == shown), None)
    messages.success(request, "Everyone in the workspace sees it now." if wanted else "Only you see it now.")
    return redirect("pages:picture", request.workspace.slug, picture.pk) if picture else _at(request, row)


def _submit(request: PageRequest, form: forms.ComposerForm) -> HttpResponseBase:
    made = form.submit(workspace=request.workspace, requested_by=request.user)
    day.remember(request)
    if made is None and request.htmx:
        refusal = JsonResponse({"errors": form.sentences()}, status=422)
        day.tell(refusal, day.of(request))
        return refusal
    if made is None:
        return _page(request, form, status=422)
    request.session.pop("prompt", None)
    if isinstance(made, Feed):
        address = reverse("pages:feed", args=[request.workspace.slug, made.pk])
        return HttpResponse(status=201, headers={"Location": address}) if request.htmx else redirect(address)
    return show(request, made)


def _page(request: PageRequest, sent: forms.ComposerForm | None = None, *, status: int = 200) -> HttpResponse:
    cards = _recent(request)
    context = _composer(request, sent) | {"cards": cards, "live": any(one.live for one in cards)}
    if request.session.get("workspace") != request.workspace.slug:
        request.session["workspace"] = request.workspace.slug
    return studio(request, "pages/create.html", context, place="create", status=status)


def _composer(request: PageRequest, sent: forms.ComposerForm | None) -> dict[str, Any]:
    """What the composer shows; or only why there is none."""
    given = {} if sent else _given(request)
    plan = plan_of(request.workspace)
    modes = forms.modes_for(plan, request.membership)
    if barred := words.barred(request.membership, modes, person=request.user):
        return {"barred": barred}
    today = day.of(request, modes, plan)
    initial = forms.blank(given, modes, request.workspace) | forms.share_of(request.workspace)
    form = sent or forms.ComposerForm(initial=initial | {"credit": "1" if today.uses_credit else "0"})
    chosen = {name: form[name].value() for name in ("prompt", "mode", "n", "credit")}
    mode = next((mode for mode in modes if mode.name == chosen["mode"]), modes[0])
    size = mode.size(str(form["size"].value())) or mode.default_size
    return (
        forms.choices(plan, modes)
        | _reference(request, form, given)
        | {
            "shape": forms.shape(size),
            "dials": forms.dials(form, mode),
            "form": form,
            "typed": f"{len(str(chosen['prompt'] or '')):,}",
            "day": today,
            "cost": today.cost(str(chosen["mode"]), chosen["n"], with_credit=chosen["credit"] == "1"),
            "shares_data": data_sharing.is_on(request.workspace),
        }
    )


def _reference(request: PageRequest, form: forms.ComposerForm, given: dict[str, Any]) -> dict[str, Any]:
    """The picture of the workspace to start from, if there is one."""
    wished = form["reference"].value() or given.get("reference")
    try:
        found = (
            browse.picture(workspace=request.workspace, reader=request.user, id=UUID(str(wished))) if wished else None
        )
    except (Picture.DoesNotExist, ValueError):
        return {}
    return {"reference": found, "reference_url": storage.picture_url(found)} if found else {}


def _recent(request: PageRequest) -> list[Card | FeedCard]:
    """The reader's newest generations and feeds."""
    workspace, person = request.workspace, request.user
    cards: list[Card | FeedCard] = [
        *(card(one, reader=person) for one in browse.recent(workspace=workspace, requested_by=person, limit=SHOWN)),
        *starmap(FeedCard, browse.recent_feeds(workspace=workspace, person=person, limit=SHOWN, pictures=FEED_NEWEST)),
    ]
    return sorted(cards, key=lambda one: one.made_at, reverse=True)[:SHOWN]


def _given(request: PageRequest) -> dict[str, Any]:
    """What to put into the composer: a prompt kept from before the sign-up, settings of a generation, a link's own."""
    given: dict[str, Any] = {"prompt": request.session.get("prompt")}
    if source := request.GET.get("from"):
        model = find(request, source)
        given |= {"prompt": model.prompt, "mode": model.mode, "size": str(model.size), "n": min(model.n, 4)}
        given |= dataclasses.asdict(model.steering)
    return given | explore.given(request) | {name: value for name, value in request.GET.items() if value}


def find(request: PageRequest, pk: UUID | str) -> Generation:
    """One that the reader sees. Raises Http404."""
    with _not_found("No such generation."):
        return browse.generation(workspace=request.workspace, reader=request.user, id=UUID(str(pk)))


def _find_to_stop(request: PageRequest, pk: UUID) -> Generation:
    moderates = allows(request.membership.role, Action.MODERATE)
    with _not_found("No such generation."):
        return browse.stoppable(workspace=request.workspace, reader=request.user, moderates=moderates, id=pk)


@contextmanager
def _not_found(said: str) -> Iterator[None]:
    try:
        yield
    except (Generation.DoesNotExist, ValueError) as error:
        raise Http404(said) from error


def show(request: PageRequest, made: Generation) -> HttpResponseBase:
    """What was just made: alone for a script, on its page for people."""
    return _fragment(request, made, status=201) if request.htmx else _at(request, made)


def _fragment(request: PageRequest, found: Generation, *, status: int = 200) -> HttpResponse:
    response = render(request, "pages/parts/generation.html", {"card": card(found, reader=request.user)}, status=status)
    response.headers["Cache-Control"] = "no-store"
    # What was asked for and what has ended are when the day changes.
    if status == 201 or found.is_over:
        day.tell(response, day.of(request))
    return response


def _at(request: PageRequest, found: Generation) -> HttpResponse:
    return redirect(f"{reverse('pages:create', args=[request.workspace.slug])}#generation-{found.id}")
