"""A zip of selected pictures: how far it is, and its file, for whoever asked."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.pages import downloads
from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.models import Bundle
from generation.pages.frame import studio
from generation.pages.typed import PageRequest
from generation.services import zips


@vary_on_headers("HX-Request")
@require_safe
@needs(Action.SEE)
def show(request: PageRequest, slug: str, pk: UUID) -> HttpResponse:
    """Scripts that follow it get that part alone."""
    try:
        found = zips.find(workspace=request.workspace, person=request.user, id=pk)
    except Bundle.DoesNotExist as error:
        raise Http404("No such zip.") from error
    if request.htmx:
        return render(request, "pages/parts/zip.html", {"bundle": found})
    return studio(request, "pages/zip.html", {"bundle": found}, place="gallery")


@require_safe
@needs(Action.SEE)
def download(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """For a day, for the person who asked and nobody else."""
    try:
        found = zips.fetch(workspace=request.workspace, person=request.user, id=pk)
    except Bundle.DoesNotExist as error:
        raise Http404("No such zip, or no longer.") from error
    return downloads.send(found, name=request.workspace.slug)
