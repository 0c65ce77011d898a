"""The browsers in which somebody is logged in."""

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession

from accounts.models import User


def end(*, user: User, pk: int) -> bool:
    """End one session of the user; False where there is none with that number."""
    session = UserSession.objects.filter(user=user, pk=pk).first()
    if session is None:
        return False
    get_adapter().end_sessions([session])
    return True
