"""Users: each one is made together with a personal workspace."""

from django.db import transaction

from accounts.models import User
from accounts.services import workspaces


@transaction.atomic
def create_user(*, email: str, password: str | None = None, display_name: str = "") -> User:
    """Make a user and their personal workspace, or neither. Without a password they must reset it to log in."""
    user = User.objects.create_user(email, password, display_name=display_name)
    workspaces.personal(user)
    return user
