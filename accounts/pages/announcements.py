"""Puts an announcement away for whoever has read it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import Announcement
from accounts.pages.typed import UserRequest
from accounts.services import announcements


@login_required
@require_POST
def dismiss(request: UserRequest, pk: int) -> HttpResponse:
    found = Announcement.objects.filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such announcement.")
    announcements.dismiss(announcement=found, person=request.user)
    way = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(way, {request.get_host()}, require_https=request.is_secure())
    return redirect(way if is_ours and way.startswith("/") else "/")
