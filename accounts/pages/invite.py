"""`/invite/<token>`: who invites to what, and the door itself.

Everybody with a token may look. All tokens that do not work are answered alike.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from accounts.models import Invitation, User
from accounts.permissions import role_of
from accounts.services import invitations
from accounts.services.rights import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    answer = _answer(request, token)
    add_never_cache_headers(answer)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        return _door(request, invitations.of_token(token))
    except invitations.Invalid:
        return render(request, "accounts/invite_invalid.html", status=404)


def _door(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if not isinstance(request.user, User):
        return _page(request, invitation)
    if role_of(request.user, invitation.workspace):
        return redirect("pages:create", invitation.workspace.slug)
    try:
        invitations.check(invitation, request.user)
        if request.method != "POST":
            return _page(request, invitation)
        joined = invitations.accept(invitation=invitation, person=request.user)
    except invitations.ForSomebodyElse as other:
        return _page(request, invitation, other=other, status=403)
    except Refused:
        return _page(request, invitation, is_full=True, status=409)
    messages.success(request, f"You are a member of {joined.name} now.")
    return redirect("pages:create", joined.slug)


def _page(
    request: HttpRequest,
    invitation: Invitation,
    *,
    other: invitations.ForSomebodyElse | None = None,
    is_full: bool = False,
    status: int = 200,
) -> HttpResponse:
    """`other`: the reader is not the one it was sent to, or has not confirmed that address yet."""
    own = isinstance(request.user, User) and other is not None and request.user.email == other.email
    context = {
        "invitation": invitation,
        "sent_to": _veiled(invitation.email),
        "is_foreign": other is not None and not own,
        "is_unconfirmed": own,
        "is_full": is_full,
    }
    return render(request, "accounts/invite.html", context, status=status)


def _veiled(email: str) -> str:
    """Enough of an address for its owner to know it."""
    name, _, domain = email.partition("@")
    return f"{name[:2]}…@{domain}" if email else ""
