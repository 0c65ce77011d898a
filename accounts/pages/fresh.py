"""The door before money, keys and deletion: who has not shown for a while that it is them is asked again."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
AGAIN = "Nothing was changed yet. Now that we know that it is you, please do it again."


def require_fresh_login(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    """Asks for password, passkey or code first, unless that was less than 15 minutes ago.

    Put it before the page with the form, and before the view that the form is sent to. What was sent too late is not
    kept and carried out later: the reader comes back to the form. Somebody who logs in through a provider alone, and
    has neither password nor passkey, cannot be asked and is let through.
    """

    @wraps(view)
    def answer(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect(f"{resolve_url('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            messages.info(request, AGAIN)
        way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
        return redirect(f"{way}?{urlencode({'next': _page(request)})}")

    return cast("Callable[Concatenate[R, P], HttpResponse]", answer)


def _page(request: HttpRequest) -> str:
    """The page to come back to: this one, or the one with the form that was sent."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    sent_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(sent_from, {request.get_host()}, require_https=request.is_secure())
    return sent_from if ours else "/"
