"""Dark, light or as the system says: a cookie for each browser, and a field for the user's other browsers."""

from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "theme"
YEAR = 60 * 60 * 24 * 365


def of(request: HttpRequest, user: User | None) -> str:
    """What this browser was told, else what the user has chosen, else dark."""
    return _told(request) or (user.theme if user else "") or User.Theme.DARK


def tell(response: HttpResponse, theme: str, *, is_secure: bool) -> None:
    """Tell the browser. Scripts may read the cookie: page.js writes it too."""
    response.set_cookie(COOKIE, theme, max_age=YEAR, samesite="Lax", secure=is_secure)


def remember(*, user: User, theme: str) -> None:
    """Keep it for the user's other browsers."""
    User.objects.filter(pk=user.pk).update(theme=theme)


def settle(request: HttpRequest, response: HttpResponse, *, user: User) -> None:
    """At the log-in: the user's choice goes to the browser, or, without one, the browser's to the user."""
    if user.theme:
        tell(response, user.theme, is_secure=request.is_secure())
    elif _told(request):
        remember(user=user, theme=_told(request))


def _told(request: HttpRequest) -> str:
    told = request.COOKIES.get(COOKIE, "")
    return told if told in User.Theme.values else ""
