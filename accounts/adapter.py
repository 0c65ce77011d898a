"""Our policy for django-allauth."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services import audit, workspaces


class Adapter(DefaultAccountAdapter):
    @transaction.atomic
    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: Any, commit: bool = True
    ) -> AbstractBaseUser:
        """A sign-up makes the user and their personal workspace, or neither."""
        super().save_user(request, user, form, commit=commit)
        if commit and isinstance(user, User):
            workspaces.personal(user, is_discreet=True)
        return user

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Whoever has proved the address already is told that they have an account, in place of a useless link."""
        address = emailconfirmation.email_address
        if address.can_set_verified():
            super().send_confirmation_mail(request, emailconfirmation, signup)
        else:
            self.send_account_already_exists_mail(address.email)


class SocialAdapter(DefaultSocialAccountAdapter):
    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        workspaces.personal(user, is_discreet=True)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.display_name = (data.get("name") or "")[:80]
        return user


class MfaAdapter(DefaultMFAAdapter):
    def _get_site_name(self) -> str:
        return "Aurora"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner calls it otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"

    def encrypt(self, text: str) -> str:
        """A copy of the database alone gives nobody the second factor."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> Fernet:
    digest = hashlib.sha256(b"accounts.mfa" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


class SessionsAdapter(DefaultUserSessionsAdapter):
    @transaction.atomic
    def end_sessions(self, sessions: list[UserSession]) -> None:
        """End them for good; whoever uses one is a visitor at the next click."""
        super().end_sessions(sessions)
        for session in sessions:
            actor = context.request.user if context.request else None
            audit.record("session.ended", workspace=None, actor=actor or session.user, target=session.user_agent)
