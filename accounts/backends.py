"""Logging in by e-mail and password where several accounts may claim one unproved address; and the rights of staff."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email
from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from accounts import staff_rights
from accounts.models import User

# Each costs a slow hash, so that a crowd of claims cannot make somebody's log-in slow.
CLAIMS = 5


class EmailBackend(AuthenticationBackend):
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """The newest first: who has just signed up finds it as quick, whether somebody else has the address or not."""
        proved = filter_users_by_email(email, prefer_verified=True, for_login=True)[:1]
        claiming = sorted(filter_users_by_email(email, for_login=True), key=lambda user: user.date_joined, reverse=True)
        candidates = dict.fromkeys([*claiming[:CLAIMS], *proved])
        return next((user for user in candidates if self._check_password(user, password)), None)


class StaffRights(BaseBackend):
    """Nobody logs in by it; Django's admin asks it what somebody of the staff may do."""

    def has_perm(self, user_obj: object, perm: str, obj: Model | None = None) -> bool:
        return staff_rights.allows(user_obj, perm)

    def has_module_perms(self, user_obj: object, app_label: str) -> bool:
        return staff_rights.opens(user_obj, app_label)
