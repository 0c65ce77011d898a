"""Our policy for django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import seals
from accounts.models import User
from accounts.services import appearance, audit, switches, workspaces

WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return switches.is_on(switches.Name.SIGN_UPS)

    @transaction.atomic
    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: Any, commit: bool = True
    ) -> AbstractBaseUser:
        """A sign-up makes the user and their personal workspace, or neither."""
        super().save_user(request, user, form, commit=commit)
        if commit and isinstance(user, User):
            workspaces.personal(user, is_discreet=True)
        return user

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """The appearance follows the user into this browser; one chosen as a visitor follows them into the account."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, User):
            appearance.settle(request, response, user=user)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [way | {"description": WAYS.get(way["id"], way["description"])} for way in ways]

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Whoever has proved the address already is told that they have an account, in place of a useless link."""
        address = emailconfirmation.email_address
        if address.can_set_verified():
            super().send_confirmation_mail(request, emailconfirmation, signup)
        else:
            self.send_account_already_exists_mail(address.email)


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return switches.is_on(switches.Name.SIGN_UPS)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """No way in is added to a mere claim, or it would stay when the address's owner takes the account over."""
        user = request.user
        if sociallogin.state.get("process") == "connect" and isinstance(user, User) and not user.has_proved(user.email):
            messages.error(request, "Confirm your address first. Then you can connect other accounts.")
            raise ImmediateHttpResponse(redirect("account_email"))

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        workspaces.personal(user, is_discreet=True)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        user.display_name = (data.get("name") or " ".join(filter(None, parts)))[:80]
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
        return seals.of("accounts.mfa").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return seals.of("accounts.mfa").decrypt(encrypted_text.encode()).decode()


class SessionsAdapter(DefaultUserSessionsAdapter):
    @transaction.atomic
    def end_sessions(self, sessions: list[UserSession]) -> None:
        """End them for good; whoever uses one is a visitor at the next click."""
        super().end_sessions(sessions)
        for session in sessions:
            actor = context.request.user if context.request else None
            audit.record("session.ended", workspace=None, actor=actor or session.user, target=session.user_agent)
