"""Draws a region of a picture anew: the mask on it, the words for it, and what came of it over what was there."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from billing.plans import plan_of
from generation import catalog
from generation.models import Generation, Picture
from generation.pages import day, forms, words
from generation.pages.cards import Shot, card
from generation.pages.frame import studio
from generation.pages.marks import find
from generation.pages.picture import addresses
from generation.pages.region_form import NUMBERS, RegionForm
from generation.pages.typed import PageRequest
from generation.services import browse

DEFAULT_N = 2


@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.CREATE)
def edit(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """The picture with a mask to draw on it; `?made=<generation>` shows what came of it. On POST it is queued."""
    picture = find(request, pk)
    if request.method == "POST":
        return _submit(request, picture)
    return _page(request, picture)


def _submit(request: PageRequest, picture: Picture) -> HttpResponse:
    form = RegionForm(request.POST, request.FILES)
    made = form.submit(picture=picture, workspace=request.workspace, person=request.user)
    day.remember(request)
    if made is None and not request.htmx:
        return _page(request, picture, form, status=422)
    if made and not request.htmx:
        here = reverse("pages:edit_region", args=[request.workspace.slug, picture.pk])
        return redirect(f"{here}?made={made.pk}")
    answer: HttpResponse
    if made:
        shown = {"card": card(made, reader=request.user)}
        answer = render(request, "pages/parts/generation.html", shown, status=201)
        answer.headers["Cache-Control"] = "no-store"
    else:
        answer = JsonResponse({"errors": form.sentences()}, status=422)
    day.tell(answer, day.of(request))
    return answer


def _page(request: PageRequest, picture: Picture, sent: RegionForm | None = None, *, status: int = 200) -> HttpResponse:
    context = {
        "shot": Shot(picture),
        "at": addresses(request, picture),
        "grid": catalog.grid(picture.size),
        "made": _made(request, picture),
    }
    context |= _form(request, picture, sent)
    return studio(request, "pages/region.html", context, place="picture", status=status)


def _form(request: PageRequest, picture: Picture, sent: RegionForm | None) -> dict[str, Any]:
    """What the form shows; or only why there is none."""
    plan = plan_of(request.workspace)
    modes = [mode for mode in forms.modes_for(plan, request.membership) if picture.size in mode.sizes]
    if not modes:
        size = words.size(picture.size)
        return {"barred": f"Of the modes that you may use here none draws {size}. Other plans have more of them."}
    today = day.of(request, modes, plan)
    names = [mode.name for mode in modes]
    usual = picture.generation.mode if picture.generation.mode in names else names[0]
    initial = {"prompt": picture.generation.prompt, "mode": usual, "n": DEFAULT_N} | dict.fromkeys(NUMBERS, "")
    form = sent or RegionForm(initial=initial | {"credit": "1" if today.uses_credit else "0"})
    given = {name: form[name].value() for name in ("mode", "n", "credit")}
    return {
        "form": form,
        "errors": form.sentences() if sent else {},
        "day": today,
        "counts": range(1, max(mode.max_n for mode in modes) + 1),
        "limit": catalog.MAX_PROMPT,
        "cost": today.cost(str(given["mode"]), given["n"], with_credit=given["credit"] == "1"),
    }


def _made(request: PageRequest, picture: Picture) -> Any:
    """The card of what came of this picture before, if that is asked for. Raises Http404 for anything else."""
    if not request.GET.get("made"):
        return None
    try:
        found = browse.generation(workspace=request.workspace, reader=request.user, id=UUID(request.GET["made"]))
    except (Generation.DoesNotExist, ValueError) as error:
        raise Http404("No such generation.") from error
    if found.reference is None or found.reference.picture_id != picture.pk:
        raise Http404("It was not made from this picture.")
    return card(found, reader=request.user)
