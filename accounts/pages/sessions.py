"""Ends one of one's own sessions; the list itself is allauth's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.pages.typed import UserRequest
from accounts.services import sessions


@login_required
@require_POST
def end(request: UserRequest, pk: int) -> HttpResponse:
    if not sessions.end(user=request.user, pk=pk):
        raise Http404("No such session.")
    messages.success(request, "That browser is logged out.")
    return redirect("usersessions_list")
