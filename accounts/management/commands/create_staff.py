"""`manage.py create_staff --email EMAIL [--role ROLE]`"""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.services import staffing, users


class Command(BaseCommand):
    help = "Make somebody staff, and print the link under which a new account sets its password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument(
            "--role", default=staffing.SUPERUSER, choices=[*User.StaffRole.values, staffing.SUPERUSER, "none"],
            help="none: of the staff no longer",
        )  # fmt: skip

    @transaction.atomic
    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is no e-mail address.") from error
        person, is_new = self._find(email)
        staffing.appoint(person=person, role=staffing.NOBODY if role == "none" else role, by=None)
        if is_new:
            self.stdout.write(settings.BASE_URL + self._link(person))

    def _find(self, email: str) -> tuple[User, bool]:
        """The account that has proved the address, or a new one. A mere claim is nobody to trust."""
        known = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
        if known:
            return known.user, False
        if User.objects.filter(email=email).exists():
            raise CommandError(f"An account claims {email} and has not proved it. Confirm the address first.")
        made = users.create_user(email=email)
        # Whoever runs this command vouches for it; without that nobody could set up a second step.
        EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
        return made, True

    def _link(self, person: User) -> str:
        key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
        uid, _, token = key.partition("-")
        return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
