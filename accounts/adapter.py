"""Our policy for django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services import workspaces


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """A sign-up makes the user and their personal workspace, or neither."""
        super().save_user(request, user, form, commit=commit)
        if commit:
            workspaces.personal(user)
        return user
