"""`/verify`: anyone learns of a file whether it was made here. Nothing of it is stored."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from generation import uploads
from generation.services import authenticity, rates

TRIES = 20
"""Files a minute from an address."""

ROOM = 100_000
"""Bytes of a form beside its file."""


# Nothing is changed by it, so nobody gains by sending it from elsewhere; and what is too large is not read at all.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    if not rates.of_try(f"verify:{get_adapter().get_client_ip(request)}", TRIES):
        return _page(request, error="That were many files. Wait a minute, then go on.", status=429)
    if int(request.headers.get("Content-Length") or 0) > uploads.MAX_BYTES + ROOM:
        return _page(request, error=f"The file is larger than {uploads.MAX_BYTES // 1_000_000} MB.", status=413)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, error="Choose a file first.", status=422)
    try:
        return _page(request, report=authenticity.look(file.read()), name=file.name)
    except uploads.Unusable as refusal:
        return _page(request, error=str(refusal), status=422)


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "pages/verify.html", context, status=status)
