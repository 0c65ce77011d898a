"""Writes into the audit trail what people do to the locks of their accounts: allauth's signals become entries."""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import StaffSession, User
from accounts.services import audit, staff_sessions

WORDS: dict[str, str] = {
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.TOTP: "authenticator_app",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


def _record(action: str, user: User, target: object = "", **detail: str) -> None:
    audit.record(action, workspace=None, actor=user, target=target, **detail)


@receiver(account.user_logged_in)
def logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    records = get_authentication_records(request, user)
    _record("account.logged_in", user, by=", ".join(record.get("type", record["method"]) for record in records))


@receiver(account.password_changed)
@receiver(account.password_set)
@receiver(account.password_reset)
def password_changed(user: User, signal: Any, **_: Any) -> None:
    _record("password.reset" if signal is account.password_reset else "password.changed", user)


@receiver(account.email_confirmed)
def email_confirmed(email_address: EmailAddress, request: HttpRequest | None = None, **_: Any) -> None:
    if request is None:
        # Staff did it, and their service says so.
        return
    _record("email.confirmed", email_address.user, email_address.email)


@receiver(account.email_changed)
def email_changed(
    user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_: Any
) -> None:
    if from_email_address and from_email_address.email != to_email_address.email:
        _record("email.changed", user, to_email_address.email, before=from_email_address.email)


@receiver(mfa.authenticator_added)
def authenticator_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(f"{WORDS[authenticator.type]}.added", user, authenticator)


@receiver(mfa.authenticator_removed)
def authenticator_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(f"{WORDS[authenticator.type]}.removed", user, authenticator)


@receiver(mfa.authenticator_reset)
def authenticator_reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(f"{WORDS[authenticator.type]}.made_anew", user, authenticator)


@receiver(social.social_account_added)
@receiver(social.social_account_removed)
def connection_changed(socialaccount: Any = None, sociallogin: Any = None, **_: Any) -> None:
    account_of = sociallogin.account if sociallogin else socialaccount
    _record("connection.added" if sociallogin else "connection.removed", account_of.user, account_of.provider)


@receiver(user_logged_out)
def staff_left(request: HttpRequest, **_: Any) -> None:
    """Who logs out leaves the admin, too."""
    key = request.session.get("staff_session", "") if hasattr(request, "session") else ""
    opened = StaffSession.objects.filter(pk=key).select_related("person").first() if key else None
    if opened:
        staff_sessions.end(session=opened, by="log-out")
