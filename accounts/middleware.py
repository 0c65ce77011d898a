"""`/w/<slug>/…`: who is not a member gets 404; everything below runs inside the scope of that workspace."""

import re
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django_scopes import scope

from accounts.models import Workspace

GetResponse = Callable[[HttpRequest], HttpResponse]
PATH = re.compile(r"/w/(?P<slug>[-a-zA-Z0-9_]+)/")


def workspace_scope(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        match = PATH.match(request.path_info)
        if match is None:
            return get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        workspace = Workspace.objects.filter(slug=match["slug"], memberships__user=request.user).first()
        if workspace is None:
            # The same answer for "not yours" and "not there": a stranger learns nothing.
            raise Http404("No such workspace.")
        request.workspace = workspace  # type: ignore[attr-defined]  # what views find it by
        with scope(workspace=workspace):
            return get_response(request)

    return answer
