"""The reader's own prompts: the last ones and the saved ones, for the composer and on a page of their own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation import expander
from generation.models import SavedPrompt
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import prompts


@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Action.CREATE)
def index(request: PageRequest, slug: str) -> HttpResponseBase:
    """All of them; on POST keep `text` under `name`."""
    if request.method != "POST":
        return _lists(request)
    name, text = request.POST.get("name", ""), request.POST.get("text", "")
    try:
        prompts.save(workspace=request.workspace, person=request.user, name=name, text=text)
    except prompts.Refused as refused:
        return _refused(request, refused)
    return _lists(request, status=201) if request.htmx else redirect("pages:prompts", request.workspace.slug)


@require_POST
@needs(Action.CREATE)
def rename(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Call a saved prompt by another name."""
    try:
        prompts.rename(prompt=_find(request, pk), name=request.POST.get("name", ""))
    except prompts.Refused as refused:
        return _refused(request, refused, of=pk)
    messages.success(request, "Renamed.")
    return redirect("pages:prompts", request.workspace.slug)


@require_POST
@needs(Action.CREATE)
def delete(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Keep a prompt no longer; what was made with it stays."""
    _find(request, pk).delete()
    messages.success(request, "Deleted.")
    return redirect("pages:prompts", request.workspace.slug)


@require_safe
@needs(Action.CREATE)
def expand(request: PageRequest, slug: str) -> JsonResponse:
    """What would be added to `prompt`, and how it then reads."""
    expansion = expander.expand(request.GET.get("prompt", "")[:2000])
    return JsonResponse({"prompt": expansion.prompt, "added": expansion.added})


def _find(request: PageRequest, pk: UUID) -> SavedPrompt:
    try:
        return prompts.find(workspace=request.workspace, person=request.user, id=pk)
    except SavedPrompt.DoesNotExist as error:
        raise Http404("No such prompt.") from error


def _refused(request: PageRequest, refused: prompts.Refused, *, of: UUID | None = None) -> HttpResponse:
    if request.htmx:
        return JsonResponse({"errors": {refused.field: str(refused)}}, status=422)
    return _lists(request, status=422, error=str(refused), wrong=of)


def _lists(request: PageRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    saved = prompts.saved(workspace=request.workspace, person=request.user)
    context = {"last": prompts.last(workspace=request.workspace, person=request.user), "saved": saved} | more
    if request.htmx:
        answer = render(request, "pages/parts/own_prompts.html", context, status=status)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return studio(request, "pages/prompts.html", context, place="create", status=status)
