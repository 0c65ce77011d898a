"""A collection at its public address: for whoever has the link, and the password where there is one."""

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from generation.models import Collection
from generation.pages import words
from generation.pages.cards import Shot
from generation.services import collection_links

SESSION = "opened_collections"
KEPT = 20


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """On POST try a password."""
    try:
        found = collection_links.find(token)
    except Collection.DoesNotExist as error:
        raise Http404("This link is not valid, or no longer.") from error
    answer = _answer(request, found, token)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    add_never_cache_headers(answer)
    return answer


def _answer(request: HttpRequest, found: Collection, token: str) -> HttpResponse:
    if not found.link_password or collection_links.is_pass(found, request.session.get(SESSION, {}).get(str(found.pk))):
        return _shown(request, found)
    if request.method != "POST":
        return render(request, "collections/locked.html")
    if not collection_links.may_try(found, get_adapter().get_client_ip(request)):
        return _refused(request, "That were many tries. Wait a minute, then try again.", status=429)
    if not collection_links.opens(found, request.POST.get("password", "")[:128]):
        return _refused(request, "That is not the password.", status=422)
    kept = list(request.session.get(SESSION, {}).items())[-KEPT:]
    request.session[SESSION] = dict(kept) | {str(found.pk): collection_links.pass_of(found)}
    return redirect("pages:public_collection", token)


def _refused(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    return render(request, "collections/locked.html", {"error": why}, status=status)


def _shown(request: HttpRequest, found: Collection) -> HttpResponse:
    shots = [Shot(entry.picture) for entry in collection_links.shown(found)]
    context = {"collection": found, "shots": shots, "counted": words.counted(len(shots))}
    return render(request, "collections/public.html", context)
