"""Our policy for django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services import workspaces


class Adapter(DefaultAccountAdapter):
    @transaction.atomic
    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: Any, commit: bool = True
    ) -> AbstractBaseUser:
        """A sign-up makes the user and their personal workspace, or neither."""
        super().save_user(request, user, form, commit=commit)
        if commit and isinstance(user, User):
            workspaces.personal(user)
        return user
