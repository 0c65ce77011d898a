"""What is asked for by one click on what is there: variations of a picture, and another try."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.pages.typed import needs
from accounts.permissions import Action
from generation.models import Generation, Picture
from generation.pages import create, day, forms
from generation.pages.typed import PageRequest
from generation.services import again, browse


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def vary(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Draw variations of a picture, which keep more (`strength=subtle`) or less (`strong`) of it."""
    try:
        picture = browse.picture(workspace=request.workspace, reader=request.user, id=pk)
    except Picture.DoesNotExist as error:
        raise Http404("No such picture.") from error
    return _placed(
        request,
        lambda use_credit: again.vary(
            workspace=request.workspace,
            person=request.user,
            picture=picture,
            strength=request.POST.get("strength", ""),
            use_credit=use_credit,
        ),
        back=redirect("pages:picture", request.workspace.slug, picture.pk),
    )


@vary_on_headers("HX-Request")
@require_POST
@needs(Action.CREATE)
def retry(request: PageRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """Ask once more for what failed or was stopped."""
    found = create.find(request, pk)
    return _placed(
        request,
        lambda use_credit: again.retry(generation=found, by=request.user, use_credit=use_credit),
        back=redirect("pages:create", request.workspace.slug),
    )


def _placed(request: PageRequest, place: Callable[[bool], Generation], *, back: HttpResponse) -> HttpResponseBase:
    """What was made; or why nothing was, to people on the page that they came from."""
    day.remember(request)
    try:
        return create.show(request, place(day.uses_credit(request)))
    except forms.REFUSALS as refusal:
        said = " ".join(forms.told(refusal).values())
    if request.htmx:
        return JsonResponse({"errors": {"form": said}}, status=422)
    messages.error(request, said)
    return back
